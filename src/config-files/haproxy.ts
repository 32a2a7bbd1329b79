import { hostPort, isIPv6 } from "../address.js";
import { durationMs } from "../config-source/duration.js";
import { Secret } from "../shell/secret.js";
import { quotedPassword } from "./haproxy-passwords.js";
import { MANAGED } from "./managed.js";
import { masked, type MaskedText } from "./masked-text.js";

/** haproxy's options of a server line (its manual, "server and default-server options"). */
export interface ServerOptions {
  readonly inter: string;
  readonly downinter: string;
  readonly fall: number;
  readonly rise: number;
  readonly slowstart?: string | undefined;
  readonly maxconn?: number | undefined;
}

/** The settings of one load balancer's haproxy. */
export interface HaproxyOptions {
  readonly vip: string;
  /** The port of the endpoint, on the VIP and on 127.0.0.1. */
  readonly port: number;
  /**
   * The apiservers' own port, if they advertise the VIP: the `kubernetes` Service then uses the VIP with that
   * port, not the endpoint's port (lease reconciler, docs "kubernetes Service endpoints").
   */
  readonly advertisedPort?: number;
  readonly masters: readonly { readonly name: string; readonly address: string; readonly port: number }[];
  /** The statistics page; with a user, it requires the password. */
  readonly stats: false | { readonly port: number; readonly user?: string | undefined };
  /** The health page: 200 while haproxy has an available master, else 503. */
  readonly monitor: false | { readonly port: number; readonly uri: string };
  /** Check and server options of each master; durations as in haproxy and the inventory: `5s`. */
  readonly servers: ServerOptions;
  /** Durations as in haproxy and the inventory: `5s`, `1h`. */
  readonly timeouts: { readonly connect: string; readonly client: string; readonly server: string };
  /** The maximum number of client connections. */
  readonly maxconn: number;
  /** Whether it runs in a pod: there is no /dev/log, and the kubelet stores its output. */
  readonly inPod?: boolean;
}

const UNKNOWN = new Secret("");

/** The bind of a page on all addresses of the host. */
function everywhere(vip: string, port: number): string {
  return isIPv6(vip) ? `[::]:${port} v4v6` : `*:${port}`;
}

function statsSection({ vip, stats, monitor }: HaproxyOptions, password: Secret): MaskedText {
  if (stats === false) return masked``;
  const { port, user } = stats;
  const auth = user === undefined ? masked`` : masked`    stats auth ${user}:${quotedPassword(password)}\n`;
  const isMonitor = monitor !== false && monitor.port === port;
  return masked`
listen stats
    bind ${everywhere(vip, port)}
    mode http
    maxconn 50
    timeout http-request 5s
    timeout client 10s
    timeout server 10s
    stats enable
    stats uri /stats
    stats refresh 10s
${auth}${isMonitor ? monitorLines(monitor.uri) : ""}`;
}

function monitorSection({ vip, stats, monitor }: HaproxyOptions): string {
  if (monitor === false || (stats !== false && stats.port === monitor.port)) return "";
  return `
frontend monitor
    bind ${everywhere(vip, monitor.port)}
    mode http
    maxconn 50
    timeout http-request 5s
    timeout client 10s
${monitorLines(monitor.uri)}`;
}

function monitorLines(uri: string): string {
  return `    monitor-uri ${uri}
    monitor fail if { nbsrv(kubernetes-apiservers) lt 1 }
`;
}

function serverDefaults({ inter, downinter, fall, rise, slowstart, maxconn }: ServerOptions): string {
  return [
    "check check-ssl verify none",
    `inter ${inter} downinter ${downinter} fall ${fall} rise ${rise}`,
    ...(slowstart === undefined ? [] : [`slowstart ${slowstart}`]),
    ...(maxconn === undefined ? [] : [`maxconn ${maxconn}`]),
    "on-marked-down shutdown-sessions",
  ].join(" ");
}

/**
 * haproxy.cfg for a load balancer, the same on each; haproxy 1.8 to 3.x.
 *
 * - The VIP is also bound on the standby, which requires `ip_nonlocal_bind` for its family; keepalived's check
 *   uses 127.0.0.1.
 * - The check is `/readyz` over TLS: an apiserver whose etcd is not in sync yet gets no traffic. All versions
 *   support the one-line `option httpchk` (`http-check send` requires 2.2).
 * - Watches, logs and exec use `timeout tunnel`: a short timeout cuts them (kubernetes/kubeadm#2227, #1685).
 * - Connections to a server that is marked down are closed, so that kubelets immediately leave a failed apiserver.
 * - The stats socket is in a directory that both Debian's and Red Hat's package create.
 * @param password the statistics page's password, if it has a user; required only for the text that is written
 */
export function haproxyConfig(options: HaproxyOptions, password = UNKNOWN): MaskedText {
  const { vip, port, advertisedPort, masters, servers, timeouts, maxconn } = options;
  const tunnel =
    durationMs(timeouts.client) > durationMs(timeouts.server) ? timeouts.client : timeouts.server;
  const log = options.inPod === true ? "stdout format raw" : "/dev/log";
  const vipPorts = [...new Set([port, advertisedPort ?? port])];
  return masked`${MANAGED}
global
    log ${log} local0
    user haproxy
    group haproxy
    maxconn ${maxconn}
    stats socket /var/lib/haproxy/stats mode 600 level admin
    stats timeout 30s

defaults
    log global
    mode tcp
    option tcplog
    # keepalived's check connects every two seconds: only what goes wrong is logged.
    option dontlog-normal
    option clitcpka
    option srvtcpka
    # A connection that fails is tried on another master.
    option redispatch 1
    retries 3
    timeout connect ${timeouts.connect}
    timeout client ${timeouts.client}
    timeout server ${timeouts.server}
    timeout tunnel ${tunnel}
    timeout check 3s

frontend kubernetes-api
${vipPorts.map((number) => `    bind ${hostPort(vip, number)}`).join("\n")}
    bind 127.0.0.1:${port}
    default_backend kubernetes-apiservers

backend kubernetes-apiservers
    balance leastconn
    option httpchk GET /readyz
    http-check expect status 200
    default-server ${serverDefaults(servers)}
${masters.map(({ name, address, port: own }) => `    server ${name} ${hostPort(address, own)}`).join("\n")}
${statsSection(options, password)}${monitorSection(options)}`;
}

import { hostPort, isIPv6 } from "../address.js";
import { durationMs } from "../config-source/duration.js";
import { Secret } from "../shell/secret.js";
import { quotedPassword } from "./haproxy-passwords.js";
import { MANAGED } from "./managed.js";
import { masked, type MaskedText } from "./masked-text.js";

/** haproxy's options of a server line (its manual, "server and default-server options"). */
export interface ServerOptions {
  readonly inter: string;
  /** The interval while a master is neither up nor down for certain; haproxy's default is `inter`. */
  readonly fastinter?: string | undefined;
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
  /** The maximum number of client connections through the VIP; haproxy's checks and pages have their own. */
  readonly maxconn: number;
  /** Whether it runs in a pod: there is no /dev/log, and the kubelet stores its output. */
  readonly inPod?: boolean;
}

const UNKNOWN = new Secret("");

/** The maximum number of connections to 127.0.0.1: keepalived's check, `verify`, and programs on a master. */
const LOCAL_MAXCONN = 100;
/** The maximum number of connections to each of the pages, of which there are at most two. */
const PAGE_MAXCONN = 50;

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
    maxconn ${PAGE_MAXCONN}
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
    maxconn ${PAGE_MAXCONN}
    timeout http-request 5s
    timeout client 10s
${monitorLines(monitor.uri)}`;
}

function monitorLines(uri: string): string {
  return `    monitor-uri ${uri}
    monitor fail if { nbsrv(kubernetes-apiservers) lt 1 }
`;
}

function serverDefaults(options: ServerOptions): string {
  const { inter, fastinter, downinter, fall, rise, slowstart, maxconn } = options;
  return [
    "check check-ssl verify none",
    ["inter", inter, ...(fastinter === undefined ? [] : ["fastinter", fastinter])].join(" "),
    `downinter ${downinter} fall ${fall} rise ${rise}`,
    ...(slowstart === undefined ? [] : [`slowstart ${slowstart}`]),
    ...(maxconn === undefined ? [] : [`maxconn ${maxconn}`]),
    "on-marked-down shutdown-sessions",
  ].join(" ");
}

/**
 * haproxy.cfg for a load balancer, the same on each; haproxy 1.8 to 3.x.
 *
 * - The VIP is also bound on the standby, which requires `ip_nonlocal_bind` for its family.
 * - 127.0.0.1 has a frontend and a backend of its own, so that keepalived's check and `verify` wait neither for
 *   `maxconn` of the clients nor for that of a server. Their servers `track` the checked ones.
 * - The global `maxconn` is the sum of those of all frontends, so that only a frontend's own connections fill it.
 * - The check is `/readyz` over TLS: an apiserver whose etcd is not in sync yet gets no traffic. All versions
 *   support the one-line `option httpchk` (`http-check send` requires 2.2).
 * - `timeout check` is 2 s, as long as /readyz itself waits for etcd. It starts after the TLS handshake, which may
 *   take `inter` (`timeout connect` if shorter; connect_conn_chk and tcpcheck_eval_connect in haproxy's source). So an
 *   apiserver that hangs or a master that is off is down after at most inter + fall × inter + (fall - 1) × fastinter:
 *   1 + 3 + 0.4 = 4.4 s with the defaults; as long if it hangs after the handshake of a check: 2 + 2 × (0.2 + 1) s.
 * - Watches, logs and exec use `timeout tunnel`: a short timeout cuts them (kubernetes/kubeadm#2227, #1685).
 * - Connections to a server that is marked down are closed, so that kubelets immediately leave a failed apiserver.
 * - `tcp-ut` closes the connection of a client that has acknowledged no data for 30 s, such as one that uses the other
 *   load balancer since the VIP moved; otherwise it would count towards `maxconn` for up to 15 min (tcp_retries2).
 *   client-go gives up later: after 45 s. The check script clears idle connections, see `checkScript`.
 * - The stats socket is in a directory that both Debian's and Red Hat's package create.
 * @param password the statistics page's password, if it has a user; required only for the text that is written
 */
export function haproxyConfig(options: HaproxyOptions, password = UNKNOWN): MaskedText {
  const { vip, port, advertisedPort, masters, servers, timeouts, maxconn } = options;
  const tunnel =
    durationMs(timeouts.client) > durationMs(timeouts.server) ? timeouts.client : timeouts.server;
  const log = options.inPod === true ? "stdout format raw" : "/dev/log";
  const vipPorts = [...new Set([port, advertisedPort ?? port])];
  const servedBy = masters.map((own) => `    server ${own.name} ${hostPort(own.address, own.port)}`);
  return masked`${MANAGED}
global
    log ${log} local0
    user haproxy
    group haproxy
    maxconn ${maxconn + LOCAL_MAXCONN + 2 * PAGE_MAXCONN}
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
    timeout check 2s

frontend kubernetes-api
${vipPorts.map((number) => `    bind ${hostPort(vip, number)} tcp-ut 30s`).join("\n")}
    maxconn ${maxconn}
    default_backend kubernetes-apiservers

# For keepalived's check, which must not wait for other connections.
frontend kubernetes-api-local
    bind 127.0.0.1:${port}
    maxconn ${LOCAL_MAXCONN}
    default_backend kubernetes-apiservers-local

backend kubernetes-apiservers
    balance leastconn
    option httpchk GET /readyz
    http-check expect status 200
    default-server ${serverDefaults(servers)}
${servedBy.join("\n")}

backend kubernetes-apiservers-local
    balance leastconn
    # A hung apiserver does not close the connection of a check that gave up.
    timeout server-fin 10s
${masters.map(({ name }, i) => `${servedBy[i] ?? ""} track kubernetes-apiservers/${name} on-marked-down shutdown-sessions`).join("\n")}
${statsSection(options, password)}${monitorSection(options)}`;
}

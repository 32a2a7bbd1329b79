import { durationMs } from "../config-source/duration.js";
import { MANAGED } from "./managed.js";

/** What one load balancer's haproxy is to do. */
export interface HaproxyOptions {
  readonly vip: string;
  /** The port of the endpoint, on the VIP and on 127.0.0.1. */
  readonly port: number;
  /**
   * The apiservers' own port, when they advertise the VIP: the `kubernetes` Service then leads to the VIP on
   * that port, whatever the endpoint's is (lease reconciler, docs "kubernetes Service endpoints").
   */
  readonly advertisedPort?: number;
  readonly masters: readonly { readonly name: string; readonly address: string; readonly port: number }[];
  readonly stats: false | { readonly port: number };
  /** Times as haproxy and the inventory write them: `5s`, `1h`. */
  readonly timeouts: { readonly connect: string; readonly client: string; readonly server: string };
  /** The most client connections at once. */
  readonly maxconn: number;
}

function statsSection(port: number): string {
  return `
listen stats
    bind *:${port}
    mode http
    maxconn 50
    timeout http-request 5s
    timeout client 10s
    timeout server 10s
    stats enable
    stats uri /stats
    stats refresh 10s
`;
}

/**
 * haproxy.cfg for a load balancer, the same on each; haproxy 2.0 to 3.x.
 *
 * - The VIP is bound on the standby too, which needs `net.ipv4.ip_nonlocal_bind`; 127.0.0.1 is what
 *   keepalived's check asks.
 * - The check is `/readyz` over TLS: an apiserver whose etcd is not in step yet gets no traffic. The
 *   one-line `option httpchk` is what all versions know (`http-check send` came with 2.2).
 * - Watches, logs and exec live in `timeout tunnel`: short ones cut them (kubernetes/kubeadm#2227, #1685).
 * - Connections to a server that is marked down are closed, so that kubelets leave a dead apiserver at once.
 * - The stats socket lies where both Debian's and Red Hat's package make a folder.
 */
export function haproxyConfig(options: HaproxyOptions): string {
  const { vip, port, advertisedPort, masters, stats, timeouts, maxconn } = options;
  const tunnel =
    durationMs(timeouts.client) > durationMs(timeouts.server) ? timeouts.client : timeouts.server;
  const vipPorts = [...new Set([port, advertisedPort ?? port])];
  return `${MANAGED}
global
    log /dev/log local0
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
${vipPorts.map((number) => `    bind ${vip}:${number}`).join("\n")}
    bind 127.0.0.1:${port}
    default_backend kubernetes-apiservers

backend kubernetes-apiservers
    balance leastconn
    option httpchk GET /readyz
    http-check expect status 200
    default-server check check-ssl verify none inter 1s downinter 500ms fall 3 rise 1 on-marked-down shutdown-sessions
${masters.map(({ name, address, port: own }) => `    server ${name} ${address}:${own}`).join("\n")}
${stats === false ? "" : statsSection(stats.port)}`;
}

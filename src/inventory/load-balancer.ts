import * as z from "zod";
import { duration } from "../config-source/duration.js";
import { path, port } from "./values.js";

const statsPage = z.strictObject({
  port: port.default(8404).describe("The port of the page, on all addresses of the load balancer."),
  user: z
    .string()
    .regex(/^[A-Za-z0-9_.@-]{1,64}$/, "expected a name of letters, digits and '_.@-'")
    .optional()
    .describe(
      "The user name for the page, with a password. haproxy.cfg is then readable only by root. " +
        "Default: no authentication.",
    ),
  passwordFile: path
    .optional()
    .describe(
      "A file whose first line is that password. Default: k8s-ha generates a password, which stays the same " +
        "across runs and is in haproxy.cfg, in the line `stats auth`.",
    ),
});
const monitorPage = z.strictObject({
  port: port
    .default(8404)
    .describe(
      "The port, on all addresses of the load balancer; the port of the statistics page or another one.",
    ),
  uri: z
    .string()
    .regex(/^\/[A-Za-z0-9._~/-]*$/, "expected a path such as /healthz")
    .default("/healthz")
    .describe("The path of the page."),
});
const checks = z.number().int().min(1).max(100);
/** A container image as kubeadm and crictl name it: a name with a tag, a digest, or both. */
const image = z
  .string()
  .regex(
    /^[a-z0-9][A-Za-z0-9._/:-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*|@sha256:[0-9a-f]{64})$/,
    "expected an image with its tag such as docker.io/library/haproxy:2.8, or with its digest",
  )
  .meta({ title: "image" });

const images = z.strictObject({
  haproxy: image
    .default("docker.io/library/haproxy:2.8")
    .describe("haproxy 2.0 or later, with a user `haproxy`."),
  keepalived: image
    .default("docker.io/osixia/keepalived:2.0.20")
    .describe("keepalived 2.0 or later, with `sh`, `ip` and `curl` for its check."),
});

const MOST_CONNECTIONS = 1_000_000;

/**
 * The default of `loadBalancer.maxconn`, by the number of masters and workers: 4000 for each 40 nodes begun, so 100
 * or more for each node, and unchanged by most nodes that are added.
 *
 * A node has about 10 connections to the endpoint: kubelet 3 (kubelet, events, heartbeats), kube-proxy 2, CNI agent 2,
 * node agents such as those of CSI, logs and metrics 3; with `cluster.advertise: endpoint` also those of its up to 110
 * pods, of which a third may use the API. A failover doubles them: for a moment, clients reconnect while their former
 * connections still count. That is (10 + 37) × 2 = 94. The 4000 of a small cluster leave room for controllers,
 * operators and people, who do not depend on the number of nodes.
 */
export function defaultMaxconn(nodes: number): number {
  return Math.min(4000 * Math.max(1, Math.ceil(nodes / 40)), MOST_CONNECTIONS);
}

const servers = z.strictObject({
  inter: duration.default("1s").describe("The interval between two checks of a master that is up."),
  fastinter: duration
    .default("200ms")
    .describe(
      "The same after a check with another result than before, until the master is marked down or up.",
    ),
  downinter: duration.default("500ms").describe("The same for a master that is down."),
  fall: checks
    .default(3)
    .describe(
      "After this number of consecutive failed checks, a master gets no new connections, and its open " +
        "connections are closed.",
    ),
  rise: checks.default(1).describe("After this number of successful checks, it gets connections again."),
  slowstart: duration
    .optional()
    .describe("How long a recovered master gets less than its share of connections. Default: none."),
  maxconn: z
    .number()
    .int()
    .min(1)
    .max(MOST_CONNECTIONS)
    .optional()
    .describe(
      "The maximum number of connections to one master; further connections wait in haproxy. Default: none.",
    ),
});

const timeouts = z.strictObject({
  connect: duration.default("5s").describe("The maximum time to open a connection to a master."),
  client: duration
    .default("1h")
    .describe(
      "The maximum idle time of a connection on the client's side. Once data has been sent, the longer of " +
        "this and the next timeout applies; less than an hour cuts watches, `kubectl logs -f` and `kubectl exec`.",
    ),
  server: duration.default("1h").describe("The same on the master's side."),
});

/** Settings common to all load balancers. The descriptions are those of docs/inventory.md, in Markdown. */
export const loadBalancerSettings = z.strictObject({
  runAs: z
    .enum(["packages", "static-pods"])
    .default("packages")
    .describe(
      "How haproxy and keepalived run. `packages`: as system services, from the packages of the distribution. " +
        "`static-pods`: as pods of the masters' kubelets; every load balancer is then a master " +
        "(`master: NAME`), including the first master. See " +
        "[static pods](topologies/load-balancers-on-masters.md#static-pods).",
    ),
  images: images
    .prefault({})
    .describe(
      "The images of the static pods, each with a tag or a digest. They are pulled before any client is moved " +
        "to the load balancers, with the registry settings of the container runtime.",
    ),
  existingConfig: z
    .enum(["refuse", "replace"])
    .default("refuse")
    .describe(
      "The action for an existing haproxy.cfg or keepalived.conf that k8s-ha does not manage. `refuse`: " +
        "nothing is changed. `replace`: it is kept beside the new file as `haproxy.cfg.k8s-ha-before` and " +
        "`keepalived.conf.k8s-ha-before`; the services that it configured stop.",
    ),
  virtualRouterId: z
    .number()
    .int()
    .min(1)
    .max(255)
    .default(51)
    .describe("The VRRP router id of this VIP. It must be unique on its network segment."),
  vrrp: z
    .enum(["multicast", "unicast"])
    .default("multicast")
    .describe(
      "How the load balancers send VRRP advertisements. `multicast`: to the VRRP group 224.0.0.18. " +
        "`unicast`: from each one's `address` to the others', for networks that do not forward multicast; " +
        "firewalld then accepts IP protocol 112 only from these addresses.",
    ),
  selinux: z
    .enum(["booleans", "permissive"])
    .default("booleans")
    .describe(
      "The action on a load balancer where SELinux is active. `booleans`: `haproxy_connect_any` is set " +
        "permanently. `permissive`: SELinux denies nothing any more, to any program on that machine.",
    ),
  stats: z
    .union([z.literal(false), statsPage], { error: "expected false, or a mapping with port" })
    .default({ port: 8404 })
    .describe("haproxy's read-only statistics page, at `/stats`; `false` disables it."),
  monitor: z
    .union([z.literal(false), monitorPage], { error: "expected false, or a mapping with port and uri" })
    .default(false)
    .describe(
      "A page where haproxy answers 200 if a master is available, and 503 otherwise. It requires no password.",
    ),
  servers: servers
    .prefault({})
    .describe("How haproxy checks and uses each master, with the names of haproxy's options."),
  timeouts: timeouts.prefault({}).describe("haproxy's timeouts; less than 25 days each."),
  maxconn: z
    .number()
    .int()
    .min(100)
    .max(MOST_CONNECTIONS)
    .optional()
    .describe(
      "The maximum number of concurrent connections through the VIP. See " +
        "[many connections](load-balancers.md#many-connections). Default: 4000 for each 40 masters and workers begun.",
    ),
  ufw: z
    .enum(["keep", "disable"])
    .default("keep")
    .describe(
      "The action for an active ufw on a load balancer. `keep`: k8s-ha adds the required rules. `disable`: " +
        "k8s-ha disables ufw. See [firewalls](firewalls.md).",
    ),
});

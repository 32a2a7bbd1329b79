import * as z from "zod";
import { address, dnsOrIp, name, path, port } from "./values.js";

const loginName = z.string().regex(/^[a-z_][a-z0-9_.-]*\$?$/i, "expected a login name");

/** The login settings that all machines share, and that each can have of its own. */
export const sshFields = {
  port: port.optional().describe("The port of sshd. Default: 22."),
  user: loginName.optional().describe("The login name. Default: your own login name."),
  identityFiles: z
    .array(path)
    .optional()
    .describe("Private keys, tried in this order. Default: the agent's keys, then OpenSSH's usual files."),
  knownHostsFiles: z
    .array(path)
    .optional()
    .describe(
      "The files with host keys. k8s-ha does not connect to a machine whose key is in none of them. " +
        "Default: `~/.ssh/known_hosts`, `/etc/ssh/ssh_known_hosts`.",
    ),
};

const ownSsh = z.strictObject({
  address: dnsOrIp
    .optional()
    .describe("The address or DNS name for SSH, if it is a different one. Default: the machine's `address`."),
  port: sshFields.port.describe("Default: `ssh.port`."),
  user: sshFields.user.describe("Default: `ssh.user`."),
  identityFiles: sshFields.identityFiles.describe(
    "Replaces the list, does not add to it. Default: `ssh.identityFiles`.",
  ),
  knownHostsFiles: sshFields.knownHostsFiles.describe(
    "Replaces the list, does not add to it. Default: `ssh.knownHostsFiles`.",
  ),
});

/** A machine. */
export const host = z.strictObject({
  name: name.describe("The node's name in Kubernetes; for a load balancer, any host name."),
  address: address.describe("The machine's own address; for a node, its InternalIP."),
  ssh: ownSsh
    .optional()
    .describe("Login settings for this machine that differ from [ssh](#ssh). Default: none."),
});

/** A master or a worker. */
export const nodeHost = host.extend({
  secondAddress: address
    .optional()
    .describe(
      "In a [dual-stack](topologies/ipv6.md#dual-stack) cluster, the address of the other family with which a new node " +
        "joins. Existing nodes keep their addresses. Default: none.",
    ),
  criSocket: z
    .string()
    .regex(
      /^(unix:\/\/)?(\/[A-Za-z0-9._-]+)+$/,
      "expected a socket's path such as unix:///run/containerd/containerd.sock",
    )
    .optional()
    .describe(
      "The CRI socket of the container runtime that a new node joins with, such as " +
        "`unix:///run/containerd/containerd.sock`. Needed if a machine has several runtimes, or one with an " +
        "unusual path; existing nodes keep their own. Default: the only one that exists.",
    ),
});

const vrrpFields = {
  interface: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,15}$/, "expected an interface name such as eth0")
    .optional()
    .describe("The network interface that carries the VIP. Default: the interface of the route to the VIP."),
  priority: z
    .number()
    .int()
    .min(1)
    .max(254)
    .optional()
    .describe(
      "The VRRP priority; 1 is allowed only for a single load balancer. The healthy load balancer with the " +
        "highest priority holds the VIP. It takes the VIP back when it recovers, which causes another short " +
        "interruption. Default: 150 for the first, 140 for the second, and so on.",
    ),
};

/** A machine of its own as a load balancer. */
export const loadBalancerHost = host.extend(vrrpFields);

/** A load balancer on a master: a name from `controlPlane`, which has the other settings. */
export const loadBalancerOnMaster = z.strictObject({
  master: name.describe(
    "The name of a master in `controlPlane` that is also a load balancer, instead of `name`, `address` and " +
      "`ssh`. See [load balancers](topologies/load-balancers-on-masters.md) for the ports that the endpoint may use then.",
  ),
  ...vrrpFields,
});

import * as z from "zod";
import { duration } from "../config-source/duration.js";
import { writtenEndpoint } from "./endpoint.js";
import { loadBalancerSettings } from "./load-balancer.js";
import { address, certSAN, dnsOrIp, name, path, port } from "./values.js";

const sshFields = {
  port: port.optional(),
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_.-]*\$?$/i, "expected a login name")
    .optional(),
  identityFiles: z.array(path).optional(),
  knownHostsFiles: z.array(path).optional(),
};

/** A machine. */
export const host = z.strictObject({
  name,
  address,
  ssh: z.strictObject({ address: dnsOrIp.optional(), ...sshFields }).optional(),
});
/** A master or a worker. */
const nodeHost = host.extend({
  /** In a dual-stack cluster: its address of the other family, which it also joins with. */
  secondAddress: address.optional(),
  /** The CRI socket that it joins with; by default the only existing one. */
  criSocket: z
    .string()
    .regex(
      /^(unix:\/\/)?(\/[A-Za-z0-9._-]+)+$/,
      "expected a socket's path such as unix:///run/containerd/containerd.sock",
    )
    .optional(),
});
const vrrpFields = {
  /** The network interface for the VIP; by default that of the route to the VIP. */
  interface: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,15}$/, "expected an interface name such as eth0")
    .optional(),
  /** VRRP priority, 2 to 254 with several load balancers; by default 150 for the first, 10 less for each next one. */
  priority: z.number().int().min(1).max(254).optional(),
};
export const loadBalancerHost = host.extend(vrrpFields);
/** A load balancer on a master: a name from `controlPlane`, which has the other settings. */
const loadBalancerOnMaster = z.strictObject({ master: name, ...vrrpFields });

/** The name of a kubeadm preflight check as kubeadm prints it: `SystemVerification`, `Port-6443`. */
const preflightCheck = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9._-]*$/, "expected the name of a check, such as SystemVerification")
  .refine((one) => one.toLowerCase() !== "all", "list the checks by name: all would hide every other error");

/** Every key of the file by itself. */
export const written = z.strictObject({
  cluster: z.strictObject({
    /** The endpoint for all clients: `VIP:port` or `name:port`. */
    endpoint: writtenEndpoint,
    /** The virtual IP address of the endpoint's name; by default the endpoint's address. */
    vip: address.optional(),
    /** Whether to add the endpoint's name to /etc/hosts on every host. */
    hostsEntry: z.boolean().default(false),
    /** Additional names for the apiserver's certificate. */
    certSANs: z.array(certSAN).default([]),
    /** The address that apiservers announce for the `kubernetes` Service: their node's (kubeadm's default) or the VIP. */
    advertise: z.enum(["endpoint", "node"]).default("node"),
    /** Server of controller-manager and scheduler: their own master (kubeadm's default) or the endpoint. */
    kubeconfigs: z.enum(["endpoint", "local"]).default("local"),
    /** Whether each new master gets an etcd member, or all apiservers use the first master's. External etcd stays external. */
    etcd: z.enum(["stacked", "first-master"]).default("stacked"),
    /** How the shared certificates and keys are transferred to new masters. */
    pki: z.enum(["upload-certs", "copy"]).default("upload-certs"),
    /** How to handle cluster objects that refer to the first master: warn for each, or patch them. */
    addOns: z.enum(["warn", "patch"]).default("warn"),
    /** How the apiserver loads its new certificate: by reloading (before 1.23 within a minute), or by an immediate restart. */
    certificateReload: z.enum(["wait", "restart"]).default("wait"),
  }),
  /** Settings common to all load balancers, or `external` for one not managed by k8s-ha. */
  loadBalancer: z
    .union([z.literal("external"), loadBalancerSettings], {
      error: "expected external, or a mapping (key: value)",
    })
    .prefault({}),
  kubeadm: z
    .strictObject({
      /** The names of kubeadm preflight checks that `kubeadm join` reports as warnings. */
      ignorePreflightErrors: z.array(preflightCheck).default([]),
      /** The directory on each new master with the operator's patches for static pods. */
      patches: z.string().startsWith("/", "expected an absolute path").optional(),
    })
    .prefault({}),
  backup: z
    .strictObject({
      /** The directory for backups on each host. */
      hostDirectory: z.string().startsWith("/", "expected an absolute path").default("/var/backups/k8s-ha"),
      /** Copies on the operator's machine. `plain` copies contain private keys. */
      operatorCopy: z.enum(["none", "encrypted", "plain"]).default("none"),
      /** The directory for those copies. */
      operatorDirectory: path.default("k8s-ha-backups"),
      /** The file whose first line is the passphrase for `encrypted`. */
      passphraseFile: path.optional(),
    })
    .prefault({}),
  ssh: z
    .strictObject({
      /** The SSH client: built-in, or the system's `ssh` with ~/.ssh/config. */
      transport: z.enum(["built-in", "openssh"]).default("built-in"),
      ...sshFields,
      connectTimeout: duration.default("10s"),
      /** A file whose first line is the sudo password; without it, k8s-ha prompts if sudo requires a password. */
      sudoPasswordFile: path.optional(),
    })
    .prefault({}),
  controlPlane: z.array(nodeHost).min(1, "expected at least the running master"),
  loadBalancers: z
    .array(
      z.union([loadBalancerHost, loadBalancerOnMaster], {
        error: "expected a mapping with name and address, or with master",
      }),
    )
    // A fifteenth would have no valid default priority.
    .max(14, "expected at most 14 load balancers")
    .default([]),
  workers: z.array(nodeHost).default([]),
});

/** The inventory as written, with each key valid by itself. */
export type WrittenInventory = z.infer<typeof written>;

import * as z from "zod";
import { duration } from "../config-source/duration.js";
import { loadBalancerSettings } from "./load-balancer.js";
import { brokenRules } from "./rules.js";
import { address, certSAN, dnsOrIp, hostAndPort, name, path, port } from "./values.js";

const sshFields = {
  port: port.optional(),
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_.-]*\$?$/i, "expected a login name")
    .optional(),
  identityFiles: z.array(path).optional(),
  knownHostsFiles: z.array(path).optional(),
};

const host = z.strictObject({
  name,
  address,
  ssh: z.strictObject({ address: dnsOrIp.optional(), ...sshFields }).optional(),
});
/** A master or a worker. */
const nodeHost = host.extend({
  /** In a dual-stack cluster: its address of the other family, with which it joins as well. */
  secondAddress: address.optional(),
  /** The CRI socket that it joins with; where it is left out, the only one that is there. */
  criSocket: z
    .string()
    .regex(
      /^(unix:\/\/)?(\/[A-Za-z0-9._-]+)+$/,
      "expected a socket's path such as unix:///run/containerd/containerd.sock",
    )
    .optional(),
});
const vrrpFields = {
  /** The network interface that carries the VIP; found by the route to it when left out. */
  interface: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,15}$/, "expected an interface name such as eth0")
    .optional(),
  /** VRRP priority, 2 to 254 where there are several; by default 150 for the first host, 10 less for each that follows. */
  priority: z.number().int().min(1).max(254).optional(),
};
const loadBalancerHost = host.extend(vrrpFields);
/** A load balancer on a master: a name in `controlPlane`, which says the rest. */
const loadBalancerOnMaster = z.strictObject({ master: name, ...vrrpFields });

/** A check of kubeadm's preflight, by the name that kubeadm prints: `SystemVerification`, `Port-6443`. */
const preflightCheck = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9._-]*$/, "expected the name of a check, such as SystemVerification")
  .refine(
    (one) => one.toLowerCase() !== "all",
    "name the checks one by one: all would hide every other error",
  );

/** What the file says: every key by itself, and the rules between them. */
const written = z
  .strictObject({
    cluster: z.strictObject({
      /** What every client shall use: `VIP:port` or `name:port`. */
      endpoint: hostAndPort,
      /** The virtual address that the endpoint's name stands for; the endpoint's own where it is no name. */
      vip: address.optional(),
      /** Whether every host gets the endpoint's name into its /etc/hosts. */
      hostsEntry: z.boolean().default(false),
      /** More names for the apiserver's certificate. */
      certSANs: z.array(certSAN).default([]),
      /** What the apiservers announce as the `kubernetes` Service's addresses: each its node's, as kubeadm does it, or all the VIP. */
      advertise: z.enum(["endpoint", "node"]).default("node"),
      /** Where controller-manager and scheduler find the API: on their own master, as kubeadm does it, or through the endpoint. */
      kubeconfigs: z.enum(["endpoint", "local"]).default("local"),
      /** Whether every new master gets an etcd member, or all apiservers use the first master's. An external etcd stays so. */
      etcd: z.enum(["stacked", "first-master"]).default("stacked"),
      /** How the shared certificates and keys reach the new masters. */
      pki: z.enum(["upload-certs", "copy"]).default("upload-certs"),
      /** What becomes of objects in the cluster that name the first master: a warning for each, or they are patched. */
      addOns: z.enum(["warn", "patch"]).default("warn"),
      /** How the running apiserver comes to its new certificate: by itself (before 1.23 within a minute), or restarted at once. */
      certificateReload: z.enum(["wait", "restart"]).default("wait"),
    }),
    /** What all load balancers share; or that they are somebody else's. */
    loadBalancer: z
      .union([z.literal("external"), loadBalancerSettings], {
        error: "expected external, or a mapping (key: value)",
      })
      .prefault({}),
    kubeadm: z
      .strictObject({
        /** Checks of kubeadm's own preflight that its joins are to report as warnings, by name. */
        ignorePreflightErrors: z.array(preflightCheck).default([]),
        /** The folder with the operator's patches for static pods on each new master. */
        patches: z.string().startsWith("/", "expected an absolute path").optional(),
      })
      .prefault({}),
    backup: z
      .strictObject({
        /** Where the hosts keep their own backup. */
        hostDirectory: z.string().startsWith("/", "expected an absolute path").default("/var/backups/k8s-ha"),
        /** What also comes to the operator's machine. `plain` copies contain private keys. */
        operatorCopy: z.enum(["none", "encrypted", "plain"]).default("none"),
        /** Where those copies lie. */
        operatorDirectory: path.default("k8s-ha-backups"),
        /** The file with the pass phrase for `encrypted`; its first line counts. */
        passphraseFile: path.optional(),
      })
      .prefault({}),
    ssh: z
      .strictObject({
        /** What logs in: this program itself, or the system's `ssh` with all that ~/.ssh/config says. */
        transport: z.enum(["built-in", "openssh"]).default("built-in"),
        ...sshFields,
        connectTimeout: duration.default("10s"),
        /** A file whose first line is sudo's password; otherwise one is asked for where sudo wants it. */
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
      // The fifteenth would have no priority left by default.
      .max(14, "expected at most 14 load balancers")
      .default([]),
    workers: z.array(nodeHost).default([]),
  })
  .superRefine((inventory, context) => {
    for (const { path: at, message } of brokenRules(inventory)) {
      context.addIssue({ code: "custom", path: [...at], message });
    }
  });

/** The inventory as it is written, every key by itself right. */
export type WrittenInventory = z.infer<typeof written>;

/** A load balancer's machine: its own, or that of the master which it names. */
function machineOf(
  entry: WrittenInventory["loadBalancers"][number],
  { controlPlane }: WrittenInventory,
): LoadBalancerHost {
  if (!("master" in entry)) return entry;
  const { master, ...own } = entry;
  const host = controlPlane.find((one) => one.name === master);
  if (host === undefined)
    throw new TypeError("an inventory that passed its check names masters that there are");
  const { name: itsName, address: itsAddress, ssh } = host;
  return { name: itsName, address: itsAddress, ...(ssh && { ssh }), ...own };
}

/** The inventory file's shape and its rules. Unknown keys are refused, so that a misspelt one is not silently ignored. */
export const inventorySchema = written.transform((inventory) => {
  const { loadBalancer } = inventory;
  const isExternal = loadBalancer === "external";
  return {
    ...inventory,
    loadBalancers: inventory.loadBalancers.map((entry) => machineOf(entry, inventory)),
    // Without a host to configure, nobody asks for them.
    loadBalancer: isExternal ? loadBalancerSettings.parse({}) : loadBalancer,
  };
});

/** The inventory as the program uses it: checked, with every default filled in; no load balancers where they are external. */
export type Inventory = z.infer<typeof inventorySchema>;
/** A machine of the inventory. */
export type Host = z.infer<typeof host>;
/** A machine that carries haproxy and keepalived. */
export type LoadBalancerHost = z.infer<typeof loadBalancerHost>;

import { isIPv4 } from "node:net";
import { z } from "zod";

const name = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, "a host name: lower-case letters, digits, '-' and '.'")
  .max(253);
const ipv4 = z.string().refine(isIPv4, "an IPv4 address such as 192.168.1.10");
const port = z.number().int().min(1).max(65535);
const path = z.string().min(1);
const duration = z.string().regex(/^\d+(ms|s|m|h)$/, "a time such as 5s, 10m or 1h");
const dnsOrIp = z
  .string()
  .regex(/^(?=.{1,253}$)[A-Za-z0-9*]([A-Za-z0-9.-]*[A-Za-z0-9])?$/, "a DNS name or an IPv4 address");

const sshFields = {
  port: port.optional(),
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_.-]*\$?$/i, "a login name")
    .optional(),
  identityFiles: z.array(path).optional(),
  knownHostsFiles: z.array(path).optional(),
};

const host = z.strictObject({
  name,
  address: ipv4,
  ssh: z.strictObject({ address: dnsOrIp.optional(), ...sshFields }).optional(),
});
const loadBalancerHost = host.extend({
  /** The network interface that carries the VIP; found by the route to it when left out. */
  interface: z
    .string()
    .regex(/^[A-Za-z0-9_.:@-]{1,15}$/, "an interface name such as eth0")
    .optional(),
  /** VRRP priority, 1 to 254; by default 150 for the first host, 10 less for each that follows. */
  priority: z.number().int().min(1).max(254).optional(),
});

/** The inventory file's shape. Unknown keys are refused, so that a misspelt one is not silently ignored. */
export const inventorySchema = z
  .strictObject({
    cluster: z.strictObject({
      /** What every client shall use: `VIP:port`. */
      endpoint: z
        .string()
        .regex(/^\d+\.\d+\.\d+\.\d+:\d+$/, "ADDRESS:PORT, such as 192.168.1.100:6443")
        .refine((text) => {
          const [address, number] = text.split(":");
          return isIPv4(address ?? "") && port.safeParse(Number(number)).success;
        }, "ADDRESS:PORT with an IPv4 address and a port from 1 to 65535"),
      /** More names for the apiserver's certificate. */
      certSANs: z.array(dnsOrIp).default([]),
      /** What the apiservers announce as the `kubernetes` Service's address. */
      advertise: z.enum(["endpoint", "node"]).default("endpoint"),
      /** Where controller-manager and scheduler find the API: through the endpoint, or on their own master. */
      kubeconfigs: z.enum(["endpoint", "local"]).default("endpoint"),
      /** How the shared certificates and keys reach the new masters. */
      pki: z.enum(["upload-certs", "copy"]).default("upload-certs"),
    }),
    loadBalancer: z
      .strictObject({
        /** VRRP's id for this VIP, unique on its network segment. */
        virtualRouterId: z.number().int().min(1).max(255).default(51),
        /** haproxy's read-only statistics page; `false` for none. */
        stats: z
          .union([z.literal(false), z.strictObject({ port: port.default(8404) })])
          .default({ port: 8404 }),
        timeouts: z
          .strictObject({
            connect: duration.default("5s"),
            client: duration.default("1h"),
            server: duration.default("1h"),
          })
          .prefault({}),
        maxconn: z.number().int().min(100).max(1_000_000).default(4000),
      })
      .prefault({}),
    backup: z
      .strictObject({
        /** Where the hosts keep their own backup. */
        hostDirectory: z.string().startsWith("/", "an absolute path").default("/var/backups/k8s-ha"),
        /** What also comes to the operator's machine. `plain` copies contain private keys. */
        operatorCopy: z.enum(["none", "encrypted", "plain"]).default("none"),
        operatorDirectory: path.optional(),
        /** The file with the pass phrase for `encrypted`; its first line counts. */
        passphraseFile: path.optional(),
      })
      .prefault({}),
    ssh: z
      .strictObject({
        ...sshFields,
        connectTimeout: duration.default("10s"),
        /** A file whose first line is sudo's password; otherwise one is asked for where sudo wants it. */
        sudoPasswordFile: path.optional(),
      })
      .prefault({}),
    controlPlane: z.array(host).min(1, "at least the running master"),
    loadBalancers: z.array(loadBalancerHost).min(1, "at least one load balancer"),
    workers: z.array(host).default([]),
  })
  .superRefine((inventory, context) => {
    const seen = new Map<string, string>();
    for (const group of ["controlPlane", "loadBalancers", "workers"] as const) {
      inventory[group].forEach((member, index) => {
        for (const key of ["name", "address"] as const) {
          const other = seen.get(member[key]);
          if (other !== undefined) {
            context.addIssue({
              code: "custom",
              path: [group, index, key],
              message: `${member[key]} is already used by ${other}`,
            });
          }
          seen.set(member[key], `${group}[${index}]`);
        }
      });
    }
    const vip = inventory.cluster.endpoint.split(":")[0] ?? "";
    const owner = seen.get(vip);
    if (owner !== undefined) {
      context.addIssue({
        code: "custom",
        path: ["cluster", "endpoint"],
        message: `${vip} is the address of ${owner}; the endpoint needs an address of its own (a VIP)`,
      });
    }
    if (inventory.controlPlane.length === 2) {
      context.addIssue({
        code: "custom",
        path: ["controlPlane"],
        message: "two masters tolerate no failure at all (etcd needs both); list three, or five",
      });
    }
    if (inventory.backup.operatorCopy === "encrypted" && inventory.backup.passphraseFile === undefined) {
      context.addIssue({
        code: "custom",
        path: ["backup", "operatorCopy"],
        message: "encrypted needs backup.passphraseFile",
      });
    }
  });

/** The inventory as the program uses it: checked, with every default filled in. */
export type Inventory = z.infer<typeof inventorySchema>;
/** A machine of the inventory. */
export type Host = z.infer<typeof host>;
/** A machine that carries haproxy and keepalived. */
export type LoadBalancerHost = z.infer<typeof loadBalancerHost>;

import { isIPv4 } from "node:net";
import * as z from "zod";
import { duration } from "../config-source/duration.js";
import { brokenRules } from "./rules.js";

const LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?";
const DNS_NAME = new RegExp(String.raw`^(?=.{1,253}$)${LABEL}(\.${LABEL})*$`);
const WILDCARD = new RegExp(String.raw`^(?=.{1,253}$)(\*\.)?${LABEL}(\.${LABEL})*$`);
/** Four numbers with dots are an address, so that 10.0.0.256 is not taken for a DNS name. */
const addressOrNot = (text: string) => !/^[\d.]+$/.test(text) || isIPv4(text);

const name = z.string().regex(DNS_NAME, "expected a host name: lower-case letters, digits, '-' and '.'");
/** An address that a machine can have to itself: not 0.0.0.0, loopback, multicast or broadcast. */
const isUnicast = (text: string) => isIPv4(text) && !/^(0|127|22[4-9]|2[3-5]\d)\./.test(text);
const isName = (text: string) => DNS_NAME.test(text) && !/^[\d.]+$/.test(text);
const ipv4 = z.string().refine(isUnicast, "expected a machine's IPv4 address such as 192.168.1.10");
const port = z.number().int().min(1).max(65535);
/** `~` is the operator's home; `~other` would need that user's entry and is refused rather than taken literally. */
const path = z.string().regex(/^(~(\/|$)|[^~])/, "expected a path; ~ stands for your own home folder only");
const dnsOrIp = z
  .string()
  .regex(/^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/, "expected a DNS name or an IPv4 address")
  .refine(addressOrNot, "expected an IPv4 address such as 192.168.1.10");
/** Lower case, as kubeadm writes it into the certificate whatever its configuration says. */
const certSAN = z
  .string()
  .regex(WILDCARD, "expected a DNS name in lower case, a wildcard such as *.example.org, or an IPv4 address")
  .refine(addressOrNot, "expected an IPv4 address such as 192.168.1.10");

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
  address: ipv4,
  ssh: z.strictObject({ address: dnsOrIp.optional(), ...sshFields }).optional(),
});
/** A master or a worker. */
const nodeHost = host.extend({
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

const statsPage = z.strictObject({
  port: port.default(8404),
  /** Who may look at it, with a password; anybody when left out. */
  user: z
    .string()
    .regex(/^[A-Za-z0-9_.@-]{1,64}$/, "expected a name of letters, digits and '_.@-'")
    .optional(),
  /** A file whose first line is that password; made up by k8s-ha when left out. */
  passwordFile: path.optional(),
});
const monitorPage = z.strictObject({
  port: port.default(8404),
  uri: z
    .string()
    .regex(/^\/[A-Za-z0-9._~/-]*$/, "expected a path such as /healthz")
    .default("/healthz"),
});
const checks = z.number().int().min(1).max(100);
/** A container image as kubeadm and crictl name it: a name with a tag, a digest, or both. */
const image = z
  .string()
  .regex(
    /^[a-z0-9][A-Za-z0-9._/:-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*|@sha256:[0-9a-f]{64})$/,
    "expected an image with its tag such as docker.io/library/haproxy:2.8, or with its digest",
  );

const loadBalancerSettings = z.strictObject({
  /** What haproxy and keepalived are: packages of the system, or static pods of the masters' kubelets. */
  runAs: z.enum(["packages", "static-pods"]).default("packages"),
  /** The images of the static pods. */
  images: z
    .strictObject({
      haproxy: image.default("docker.io/library/haproxy:2.8"),
      keepalived: image.default("docker.io/osixia/keepalived:2.0.20"),
    })
    .prefault({}),
  /** What becomes of somebody's own haproxy.cfg and keepalived.conf; a copy stays beside them where they are replaced. */
  formerConfig: z.enum(["refuse", "replace"]).default("refuse"),
  /** VRRP's id for this VIP, unique on its network segment. */
  virtualRouterId: z.number().int().min(1).max(255).default(51),
  /** How the load balancers tell each other that they live: to VRRP's multicast group, or to each of them alone. */
  vrrp: z.enum(["multicast", "unicast"]).default("multicast"),
  /** What is done where SELinux is at work: the policy's own switches, or nothing is refused any more. */
  selinux: z.enum(["booleans", "permissive"]).default("booleans"),
  /** haproxy's read-only statistics page; `false` for none. */
  stats: z
    .union([z.literal(false), statsPage], { error: "expected false, or a mapping with port" })
    .default({ port: 8404 }),
  /** Where haproxy tells other programs whether it can serve; `false` for nowhere. */
  monitor: z
    .union([z.literal(false), monitorPage], { error: "expected false, or a mapping with port and uri" })
    .default(false),
  /** How haproxy checks and uses each master. */
  servers: z
    .strictObject({
      /** Between two checks of a master that serves, and of one that does not. */
      inter: duration.default("1s"),
      downinter: duration.default("500ms"),
      /** After so many checks in a row a master counts as down, or as up. */
      fall: checks.default(3),
      rise: checks.default(1),
      /** How long a master that came back gets less than its share. */
      slowstart: duration.optional(),
      /** The most connections to one master; more of them wait. */
      maxconn: z.number().int().min(1).max(1_000_000).optional(),
    })
    .prefault({}),
  timeouts: z
    .strictObject({
      connect: duration.default("5s"),
      client: duration.default("1h"),
      server: duration.default("1h"),
    })
    .prefault({}),
  maxconn: z.number().int().min(100).max(1_000_000).default(4000),
  /** What becomes of a ufw that is at work there. */
  ufw: z.enum(["keep", "disable"]).default("keep"),
});

/** What the file says: every key by itself, and the rules between them. */
const written = z
  .strictObject({
    cluster: z.strictObject({
      /** What every client shall use: `VIP:port` or `name:port`. */
      endpoint: z.string().refine(
        (text) => {
          const [address, number, ...rest] = text.split(":");
          return (
            rest.length === 0 &&
            (isUnicast(address ?? "") || isName(address ?? "")) &&
            /^[1-9]\d*$/.test(number ?? "") &&
            Number(number) <= 65535
          );
        },
        {
          error:
            "expected ADDRESS:PORT such as 192.168.1.100:6443, or NAME:PORT such as api.example.org:6443: an IPv4 address or a DNS name in lower case, a port from 1 to 65535",
          abort: true,
        },
      ),
      /** The virtual address that the endpoint's name stands for; the endpoint's own where it is no name. */
      vip: ipv4.optional(),
      /** Whether every host gets the endpoint's name into its /etc/hosts. */
      hostsEntry: z.boolean().default(false),
      /** More names for the apiserver's certificate. */
      certSANs: z.array(certSAN).default([]),
      /** What the apiservers announce as the `kubernetes` Service's address; `node` behind an external load balancer, and on masters. */
      advertise: z.enum(["endpoint", "node"]).optional(),
      /** Where controller-manager and scheduler find the API: through the endpoint, or on their own master. */
      kubeconfigs: z.enum(["endpoint", "local"]).default("endpoint"),
      /** Whether every new master gets an etcd member, or all apiservers use the first master's. An external etcd stays so. */
      etcd: z.enum(["stacked", "first-master"]).default("stacked"),
      /** How the shared certificates and keys reach the new masters. */
      pki: z.enum(["upload-certs", "copy"]).default("upload-certs"),
      /** What becomes of objects in the cluster that name the first master: they are told, or changed. */
      addOns: z.enum(["tell", "patch"]).default("tell"),
      /** How the running apiserver comes to its new certificate: by itself within a minute, or restarted at once. */
      certificateReload: z.enum(["wait", "restart"]).default("wait"),
    }),
    /** What all load balancers share; or that they are somebody else's. */
    loadBalancer: z
      .union([z.literal("external"), loadBalancerSettings], {
        error: "expected external, or a mapping (key: value)",
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
  const { name: itsName, address, ssh } = host;
  return { name: itsName, address, ...(ssh && { ssh }), ...own };
}

/** The inventory file's shape and its rules. Unknown keys are refused, so that a misspelt one is not silently ignored. */
export const inventorySchema = written.transform((inventory) => {
  const { cluster, loadBalancer } = inventory;
  const isExternal = loadBalancer === "external";
  // The announced address leads to the apiservers' own port: an external load balancer need not serve it, and haproxy
  // cannot have it on a master.
  const isNode = isExternal || inventory.loadBalancers.some((entry) => "master" in entry);
  return {
    ...inventory,
    cluster: { ...cluster, advertise: cluster.advertise ?? (isNode ? "node" : "endpoint") },
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

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { isIP, isIPv4, isIPv6 } from "node:net";
import { basename, isAbsolute, join, resolve } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { LabError } from "./errors.js";

const hostName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,19}$/, "a host name: at most 20 lower-case letters, digits and '-'");
/** Its last number is the host's own, which names its cable and its pods' subnet too. */
const address = z
  .string()
  .refine(
    (text) => isIP(text) > 0 && /[.:][1-9]\d{0,2}$/.test(text),
    "an address such as 10.88.0.11 or fd00:88::11",
  );
const second = address.refine(isIPv6, "an IPv6 address such as fd00:88::11").optional();

const host = z.strictObject({
  address,
  /** Of a host with both families, whose `address` is an IPv4 one. */
  second,
  /** More addresses, each by itself: no network comes with them. */
  addresses: z.array(z.string().refine(isIPv4, "an IPv4 address such as 10.88.0.11")).optional(),
  /** Whether containerd runs, and kubeadm, kubelet and the images are ready. */
  kubernetes: z.boolean().default(false),
  /** `false` for a spare host, which exists and stays off until `power-on`. */
  boot: z.boolean().default(true),
  /** Debian packages that are there from the beginning. */
  packages: z.array(z.string().regex(/^[a-z0-9][a-z0-9.+-]+$/)).default([]),
  /** Units that start with the host. */
  enabled: z.array(z.string().min(1)).default([]),
  /** Shell commands, run as root once, when the host is made. */
  commands: z.array(z.string().min(1)).default([]),
});

/** What a machine is called by in its networks: one address of each family that it has. */
export function addressesOf({
  address: first,
  second: other,
}: {
  address: string;
  second?: string | undefined;
}): string[] {
  return other === undefined ? [first] : [first, other];
}

const member = z.union([hostName, z.looseObject({ name: hostName })]);
/** A load balancer may be one of the masters. */
const balancer = z.union([member, z.looseObject({ master: hostName })]);

/** The host that an entry of the inventory is about. */
function hostOf(entry: z.infer<typeof balancer>): string {
  return typeof entry === "string" ? entry : String(entry.name ?? entry.master);
}

const scenarioSchema = z
  .strictObject({
    description: z.string().min(1),
    /** The version that it needs, such as `1.36.3`; any one where it is left out. */
    kubernetes: z.string().optional(),
    /** The release of Debian that it needs. */
    debian: z.enum(["12", "13"]).optional(),
    /** The containerd of its hosts, such as `2.3.7`, which tells the kubelets their cgroup driver; Debian's otherwise. */
    containerd: z.string().optional(),
    operator: z.strictObject({ address, prefixLength: z.number().int().min(8).max(64), second }),
    hosts: z.record(hostName, host),
    /** Networks that lie behind a host: `10.99.0.0/24: lb1`. */
    routes: z.record(z.string().regex(/^[\d.]+\/\d+$/), hostName).optional(),
    /** Without it no cluster is made. */
    cluster: z
      .strictObject({
        init: z.strictObject({
          host: hostName,
          /** kubeadm's configuration, as kinds without an API version and with flags as mappings; see `kubeadm-config.ts`. */
          config: z.string().min(1),
        }),
        /** More of kubeadm's ClusterConfiguration. */
        configuration: z.looseObject({}).default({}),
        /** kube-proxy's mode, where it knows nftables (from 1.31 on); its default otherwise. */
        proxyMode: z.enum(["iptables", "ipvs", "nftables"]).optional(),
        join: z.array(hostName).default([]),
        /** Objects for `kubectl apply`; `@PAUSE@` stands for the pause image's name. */
        manifests: z.string().optional(),
        /** Shell commands, run as root on the first master once the cluster is settled. */
        commands: z.array(z.string().min(1)).default([]),
      })
      .optional(),
    /** k8s-ha's inventory; a host's name stands for its name and address, and the lab adds how to log in. */
    inventory: z.looseObject({
      cluster: z.looseObject({}),
      controlPlane: z.array(member),
      loadBalancers: z.array(balancer).default([]),
      workers: z.array(member).default([]),
      ssh: z.looseObject({}).default({}),
    }),
  })
  .superRefine((scenario, context) => {
    const known = new Set(Object.keys(scenario.hosts));
    const mustBeKnown = (name: string, path: (string | number)[]) => {
      if (!known.has(name))
        context.addIssue({ code: "custom", path, message: `${name} is none of the hosts` });
    };
    const { cluster, inventory } = scenario;
    if (cluster) {
      mustBeKnown(cluster.init.host, ["cluster", "init", "host"]);
      cluster.join.forEach((name, index) => {
        mustBeKnown(name, ["cluster", "join", index]);
      });
    }
    for (const [network, name] of Object.entries(scenario.routes ?? {}))
      mustBeKnown(name, ["routes", network]);
    for (const group of ["controlPlane", "loadBalancers", "workers"] as const) {
      inventory[group].forEach((entry, index) => {
        mustBeKnown(hostOf(entry), ["inventory", group, index]);
      });
    }
    const addresses = [
      ...addressesOf(scenario.operator),
      ...Object.values(scenario.hosts).flatMap((each) => [...addressesOf(each), ...(each.addresses ?? [])]),
    ];
    if (new Set(addresses).size !== addresses.length) {
      context.addIssue({ code: "custom", path: ["hosts"], message: "two hosts have the same address" });
    }
  });

/** What a lab consists of: hosts, the cluster on them, and the inventory to write. */
export type Scenario = z.infer<typeof scenarioSchema>;

const scenarioFolder = join(import.meta.dirname, "scenarios");

type Sections = Readonly<Record<string, unknown>>;

/**
 * What a scenario says, over what the one that it `extends` does: its hosts and the keys of cluster and inventory one by
 * one; its objects come to those of the other.
 */
function extended({ extends: base, ...own }: Sections): Sections {
  if (typeof base !== "string") return own;
  const common = extended(parse(readFileSync(join(scenarioFolder, `${base}.yaml`), "utf8")) as Sections);
  const of = (sections: Sections, key: string) => sections[key] as Sections | undefined;
  const merged = (key: string) => ({ ...of(common, key), ...of(own, key) });
  const manifests = [common, own]
    .map((each) => of(each, "cluster")?.["manifests"])
    .filter((each) => typeof each === "string")
    .join("---\n");
  const cluster = { ...merged("cluster"), ...(manifests !== "" && { manifests }) };
  return { ...common, ...own, hosts: merged("hosts"), cluster, inventory: merged("inventory") };
}

/** Checks a scenario's YAML; `source` names it in messages. */
export function parseScenario(text: string, source: string): Scenario {
  const checked = scenarioSchema.safeParse(extended((parse(text) ?? {}) as Sections));
  if (!checked.success) throw new LabError(`${source} is no scenario:\n${z.prettifyError(checked.error)}`);
  return checked.data;
}

/** A scenario by its name (a file of `scenarios/`) or its path. */
export function loadScenario(nameOrFile: string): { id: string; scenario: Scenario } {
  const isFile = isAbsolute(nameOrFile) || /[/.]/.test(nameOrFile);
  const file = isFile ? resolve(nameOrFile) : join(scenarioFolder, `${nameOrFile}.yaml`);
  if (!existsSync(file)) {
    const names = readdirSync(scenarioFolder).map((entry) => basename(entry, ".yaml"));
    throw new LabError(
      `There is no scenario ${nameOrFile}. Known: ${names.join(", ")}, or the path of a YAML file.`,
    );
  }
  return { id: basename(file, ".yaml"), scenario: parseScenario(readFileSync(file, "utf8"), file) };
}

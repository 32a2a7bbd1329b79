import type { Change } from "../../changes/change.js";
import { holds } from "../../config-files/kubeadm-versions.js";
import { digests } from "../../machine/files.js";
import { query, type Query } from "../../machine/query.js";
import { sh } from "../../shell/shell.js";
import {
  desiredConfiguration,
  kubeadmFacts,
  type KubeadmFacts,
  parseClusterConfiguration,
} from "../../cluster/kubeadm-config.js";
import { externalEtcdFiles } from "../../cluster/etcd-layout.js";
import { masterStates, pending } from "../../cluster/masters.js";
import { check, type Problem, type Step } from "../step.js";

const PKI = "/etc/kubernetes/pki";

/** A file that all masters share. */
interface SharedFile {
  readonly path: string;
  readonly mode: string;
}

function pair(name: string, certificate = "crt"): SharedFile[] {
  const mode = certificate === "crt" ? "0644" : "0600";
  return [
    { path: `${PKI}/${name}.${certificate}`, mode },
    { path: `${PKI}/${name}.key`, mode: "0600" },
  ];
}

/**
 * The files that all masters share; kubeadm creates all others on each master (kubernetes.io, "Manual certificate
 * distribution"). For an external etcd: its CA and the client certificate, at the paths in the configuration.
 */
function shared(clusterConfiguration: string): readonly SharedFile[] {
  const external = externalEtcdFiles(clusterConfiguration);
  const etcd =
    external?.map(({ path, isKey }) => ({ path, mode: isKey ? "0600" : "0644" })) ?? pair("etcd/ca");
  return [...pair("ca"), ...pair("front-proxy-ca"), ...etcd, ...pair("sa", "pub")];
}

const SAME = "the same as on the first master";

/** The shared files are read only if a master is to join. */
interface Facts extends KubeadmFacts {
  /** The first master's keys that this kubeadm version cannot transfer in a Secret. */
  readonly uncarried: readonly string[];
  readonly first: ReadonlyMap<string, string>;
  readonly hosts: readonly { readonly name: string; readonly digests: ReadonlyMap<string, string> }[];
}

/** The PKCS #8 keys that are not RSA. */
function uncarriedKeys(paths: readonly string[]): Query<readonly string[]> {
  const script = sh`for f in ${paths}; do
  if grep -qs '^-----BEGIN PRIVATE KEY-----' "$f" && ! openssl rsa -in "$f" -noout >/dev/null 2>&1; then echo "$f"; fi
done`;
  return query(script, (out) => out.split("\n").filter((path) => path !== ""));
}

/** Provides new masters with the certificates and keys that all masters share. */
export const pki: Step<Facts> = {
  id: "pki",
  title: "Copy shared certificates to new control-plane nodes",
  why: "All control-plane nodes sign with the same CA and service-account key; kubeadm creates all other files on each node.",
  requires: [{ steps: ["clear"], why: "clearing an incomplete join deletes these files" }],
  rollout: "together",
  on: "masters",
  async probe(fleet) {
    const [cluster, states] = await Promise.all([kubeadmFacts(fleet), masterStates(fleet)]);
    const joining = pending(states);
    if (joining.length === 0) return { ...cluster, first: new Map(), uncarried: [], hosts: [] };
    // Digests are enough for a comparison and reveal no keys.
    const paths = shared(cluster.clusterConfiguration).map(({ path }) => path);
    const { kubernetesVersion } = parseClusterConfiguration(cluster.clusterConfiguration);
    const [first, uncarried, hosts] = await Promise.all([
      fleet.firstMaster.ask(digests(paths)),
      holds("refusesPkcs8", kubernetesVersion) ? fleet.firstMaster.ask(uncarriedKeys(paths)) : [],
      Promise.all(
        joining.map(async ({ name }) => ({
          name,
          digests: await fleet.host(name).ask(digests(paths)),
        })),
      ),
    ]);
    return { ...cluster, first, uncarried, hosts };
  },
  plan(facts, inventory) {
    if (facts.hosts.length === 0) return { changes: [] };
    const first = inventory.controlPlane[0]?.name ?? "";
    const files = shared(facts.clusterConfiguration);
    const problems: Problem[] = [
      ...files
        .filter(({ path }) => !facts.first.has(path))
        .map(({ path }) => ({
          severity: "blocker" as const,
          host: first,
          what: `${path} is missing`,
          fix: "restore it for the migration: new masters cannot be created without it",
        })),
      ...(inventory.cluster.pki === "copy" ? [] : facts.uncarried).map((path) => ({
        severity: "blocker" as const,
        host: first,
        what: `${path} is a PKCS #8 key that is not RSA, which kubeadm join before 1.30 cannot read from its Secret`,
        fix: "set cluster.pki: copy in the inventory",
      })),
      ...facts.hosts.flatMap(({ name, digests: own }) =>
        [...own]
          .filter(([path, digest]) => facts.first.get(path) !== digest)
          .map(([path]) => ({
            severity: "blocker" as const,
            host: name,
            what: `${path} differs from the file on ${first}`,
            fix: `it belongs to another cluster: inspect it, then remove it on ${name}`,
          })),
      ),
    ];
    const changes: Change[] =
      inventory.cluster.pki === "copy"
        ? facts.hosts.flatMap(({ name, digests: own }) =>
            files
              .filter(({ path }) => !own.has(path))
              .map(({ path, mode }): Change => ({
                kind: "file-copy",
                host: name,
                from: first,
                path,
                mode,
                owner: "root:root",
              })),
          )
        : [
            {
              kind: "upload-certs",
              host: first,
              clusterConfiguration: desiredConfiguration(facts, inventory),
              nodeName: facts.nodeName,
              criSocket: facts.criSocket,
            },
          ];
    return { changes, problems };
  },
  async verify(fleet) {
    const [{ clusterConfiguration }, states] = await Promise.all([kubeadmFacts(fleet), masterStates(fleet)]);
    const paths = shared(clusterConfiguration).map(({ path }) => path);
    const isCopied = fleet.inventory.cluster.pki === "copy";
    // kubeadm join fetches uploaded files.
    const having = states.filter(({ state }) => isCopied || state === "joined");
    const [first, ...others] = await Promise.all(
      having.map(async ({ name }) => ({ name, digests: await fleet.host(name).ask(digests(paths)) })),
    );
    // With an external CA, the first master may have no key.
    const expected = [...(first?.digests ?? [])];
    return others.map(({ name, digests: own }) => {
      const wrong = expected.filter(([path, digest]) => own.get(path) !== digest).map(([path]) => path);
      const actual = wrong.length === 0 ? SAME : `missing or different: ${wrong.join(", ")}`;
      return check(name, "shared certificates and keys", SAME, actual);
    });
  },
};

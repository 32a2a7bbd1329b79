import type { Change } from "../../changes/change.js";
import type { ReadOnlyHost } from "../../machine/host.js";
import { query } from "../../machine/query.js";
import { sh } from "../../shell/shell.js";
import { desiredConfiguration, kubeadmFacts, type KubeadmFacts } from "../cluster.js";
import { masterStates, pending } from "../masters.js";
import { check, type Problem, type Step } from "../step.js";

const PKI = "/etc/kubernetes/pki";
/** The files that all masters share, and nothing else: kubeadm makes the rest on each (kubernetes.io, "Manual certificate distribution"). */
const SHARED: readonly { readonly path: string; readonly mode: string }[] = [
  "ca",
  "front-proxy-ca",
  "etcd/ca",
  "sa",
].flatMap((name) => [
  { path: `${PKI}/${name}.${name === "sa" ? "pub" : "crt"}`, mode: name === "sa" ? "0600" : "0644" },
  { path: `${PKI}/${name}.key`, mode: "0600" },
]);

interface Facts extends KubeadmFacts {
  readonly first: ReadonlyMap<string, string>;
  readonly hosts: readonly { readonly name: string; readonly digests: ReadonlyMap<string, string> }[];
}

/** SHA-256 of each shared file that is there: enough to compare, nothing to steal. */
async function digests(host: ReadOnlyHost): Promise<ReadonlyMap<string, string>> {
  const script = sh`for f in ${SHARED.map(({ path }) => path)}; do if [ -f "$f" ]; then sha256sum "$f"; fi; done`;
  return host.ask(
    query(
      script,
      (out) => new Map([...out.matchAll(/^([0-9a-f]{64}) {2}(.+)$/gm)].map((m) => [m[2] ?? "", m[1] ?? ""])),
    ),
  );
}

/** Gets the certificates and keys that all masters share to the new ones. */
export const pki: Step<Facts> = {
  id: "pki",
  title: "Get the shared certificates to the new masters",
  why: "All masters sign with the same CA and service-account key; everything else kubeadm makes on each.",
  rollout: "together",
  on: "masters",
  async probe(fleet) {
    const [cluster, states, first] = await Promise.all([
      kubeadmFacts(fleet),
      masterStates(fleet),
      digests(fleet.firstMaster),
    ]);
    const hosts = pending(states).map(async ({ name }) => ({
      name,
      digests: await digests(fleet.host(name)),
    }));
    return { ...cluster, first, hosts: await Promise.all(hosts) };
  },
  plan(facts, inventory) {
    if (facts.hosts.length === 0) return { changes: [] };
    const first = inventory.controlPlane[0]?.name ?? "";
    const problems: Problem[] = [
      ...SHARED.filter(({ path }) => !facts.first.has(path)).map(({ path }) => ({
        severity: "blocker" as const,
        host: first,
        what: `${path} is missing`,
        fix: "a CA without its key cannot make certificates for new masters; put the key back for the migration",
      })),
      ...facts.hosts.flatMap(({ name, digests: own }) =>
        [...own]
          .filter(([path, digest]) => facts.first.get(path) !== digest)
          .map(([path]) => ({
            severity: "blocker" as const,
            host: name,
            what: `${path} is not the file of ${first}`,
            fix: `it belongs to another cluster: look at it, then remove it on ${name}`,
          })),
      ),
    ];
    const changes: Change[] =
      inventory.cluster.pki === "copy"
        ? facts.hosts.flatMap(({ name, digests: own }) =>
            SHARED.filter(({ path }) => !own.has(path)).map(({ path, mode }): Change => ({
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
    if (fleet.inventory.cluster.pki !== "copy") return [];
    const { first, hosts } = await this.probe(fleet);
    return hosts.map(({ name, digests: own }) => {
      const wrong = [...first].filter(([path, digest]) => own.get(path) !== digest).map(([path]) => path);
      return check(
        name,
        "shared pki files",
        "the same",
        wrong.length === 0 ? "the same" : `not ${wrong.join(", ")}`,
      );
    });
  },
};

import { flag } from "../../config-files/static-pod.js";
import type { Inventory } from "../../inventory/schema.js";
import { certificateEnds } from "../../machine/certificates.js";
import { etcdMembers, type EtcdMember } from "../../machine/etcd.js";
import { modifiedTimes, readFile } from "../../machine/files.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { APISERVER_PORT } from "../../machine/kubectl.js";
import {
  controlPlanePods,
  isReady,
  isRunning,
  nodes,
  type Node,
  type Pod,
} from "../../machine/kubernetes.js";
import { remoteQuery } from "../../machine/query.js";
import { MANIFESTS } from "../../machine/static-pods.js";
import { sh } from "../../shell/shell.js";
import { kubeadmFacts, minorOf, parseClusterConfiguration, type KubeadmFacts } from "../cluster.js";
import { masterStates, pending } from "../masters.js";
import type { Problem } from "../step.js";
import { blocker } from "./machines.js";
import { endpointProblems } from "./former-endpoint.js";
import { nodeProblems } from "./nodes.js";
import { settle } from "./settle.js";

/** The cluster as it stands, and whether the new masters fit it. */
export interface ClusterFacts extends KubeadmFacts {
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  readonly members: readonly EtcdMember[];
  readonly hasCaKey: boolean;
  /** kube-apiserver's manifest on the first master. */
  readonly manifest: string;
  /** Host → certificate file → its end, in seconds since the epoch. */
  readonly certificateEnds: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** kubeadm's version on the first master and on those that have yet to join; empty when none has. */
  readonly kubeadmVersions: ReadonlyMap<string, string>;
  /** The looks at single hosts that failed. */
  readonly failures: readonly Problem[];
}

const kubeadmVersion = remoteQuery(sh`kubeadm version -o short`, (out) => out.trim());
const CA_KEY = "/etc/kubernetes/pki/ca.key";

/** Looks at the cluster; hosts that lack tools are not asked for what needs them. */
export async function clusterFacts(fleet: ReadOnlyFleet, lacking: readonly string[]): Promise<ClusterFacts> {
  const first = fleet.firstMaster;
  const [kubeadm, all, pods, members, caKey, manifest, states, ends] = await Promise.all([
    kubeadmFacts(fleet),
    nodes(fleet),
    controlPlanePods(fleet),
    etcdMembers(fleet),
    first.ask(modifiedTimes([CA_KEY])),
    first.ask(readFile(`${MANIFESTS}/kube-apiserver.yaml`)),
    masterStates(fleet),
    settle(
      fleet
        .hosts("controlPlane", "workers")
        .filter(({ name }) => !lacking.includes(name))
        .map(async (host) => [host.name, await host.ask(certificateEnds)] as const),
    ),
  ]);
  const waiting = pending(states).map(({ name }) => name);
  const asked = (waiting.length === 0 ? [] : [first.name, ...waiting]).filter(
    (name) => !lacking.includes(name),
  );
  const versions = await settle(
    asked.map(async (name) => [name, await fleet.host(name).ask(kubeadmVersion)] as const),
  );
  return {
    ...kubeadm,
    nodes: all,
    pods,
    members,
    hasCaKey: caKey.size > 0,
    manifest: manifest?.content ?? "",
    certificateEnds: new Map(ends.found),
    kubeadmVersions: new Map(versions.found),
    failures: [...ends.failures, ...versions.failures],
  };
}

/** What of the cluster stands in the way. `now` in seconds since the epoch. */
export function clusterProblems(facts: ClusterFacts, inventory: Inventory, now: number): Problem[] {
  const first = inventory.controlPlane[0]?.name ?? "";
  const config = parseClusterConfiguration(facts.clusterConfiguration);
  return [
    ...facts.failures,
    ...configuration(facts, first),
    ...endpointProblems(facts, inventory),
    ...health(facts, first),
    ...versions(facts),
    ...certificates(facts, now),
    ...nodeProblems({ ...facts, endpoint: config.controlPlaneEndpoint }, inventory),
  ];
}

function configuration({ clusterConfiguration, manifest, hasCaKey }: ClusterFacts, first: string): Problem[] {
  const config = parseClusterConfiguration(clusterConfiguration);
  const problems: Problem[] = [];
  if (config.etcd?.external !== undefined) {
    problems.push(
      blocker(first, "the cluster uses an external etcd", "k8s-ha does not migrate such clusters yet"),
    );
  }
  if (!hasCaKey) {
    problems.push(
      blocker(
        first,
        `${CA_KEY} is missing`,
        "new masters need certificates: put the CA's key back for the migration",
      ),
    );
  }
  if ((config.certificatesDir ?? "/etc/kubernetes/pki") !== "/etc/kubernetes/pki") {
    problems.push(
      blocker(
        first,
        `certificatesDir is ${config.certificatesDir ?? ""}`,
        "k8s-ha knows /etc/kubernetes/pki alone",
      ),
    );
  }
  if (manifest === "") {
    problems.push(
      blocker(first, "kube-apiserver is not a static pod", "k8s-ha works on clusters that kubeadm made"),
    );
    return problems;
  }
  const port = flag(manifest, "secure-port") ?? String(APISERVER_PORT);
  if (port !== String(APISERVER_PORT)) {
    problems.push(
      blocker(first, `the apiserver serves on port ${port}`, `k8s-ha knows port ${APISERVER_PORT} alone`),
    );
  }
  if (flag(manifest, "anonymous-auth") === "false") {
    problems.push(
      blocker(
        first,
        "the apiserver refuses anonymous requests (--anonymous-auth=false)",
        "haproxy and keepalived ask /readyz without a certificate: allow anonymous requests for the migration",
      ),
    );
  }
  return problems;
}

function health({ nodes: all, pods, members }: ClusterFacts, first: string): Problem[] {
  const look = "kubectl describe it, mend it first: a migration must start from a healthy cluster";
  return [
    ...all
      .filter((node) => !isReady(node))
      .map((n) => blocker(first, `node ${n.metadata.name} is not Ready`, look)),
    ...pods
      .filter((pod) => !isRunning(pod))
      .map((p) => blocker(first, `pod ${p.metadata.name} does not run`, look)),
    ...members
      .filter((m) => !m.healthy)
      .map((m) => blocker(first, `etcd member ${m.name || m.id} is not healthy`, look)),
    ...members
      .filter((m) => m.peerURLs.some((url) => /\/\/(127\.|localhost)/.test(url)))
      .map((m) =>
        blocker(
          first,
          `etcd member ${m.name} has the peer URL ${m.peerURLs.join(", ")}, which no other master can reach`,
          `etcdctl member update ${BigInt(m.id).toString(16)} --peer-urls=https://ADDRESS:2380 (kubeadm#1950)`,
        ),
      ),
  ];
}

function versions({ clusterConfiguration, kubeadmVersions }: ClusterFacts): Problem[] {
  const { kubernetesVersion } = parseClusterConfiguration(clusterConfiguration);
  return [...kubeadmVersions]
    .filter(([, version]) => minorOf(version) !== minorOf(kubernetesVersion))
    .map(([name, version]) =>
      blocker(
        name,
        `kubeadm is ${version}, the cluster is ${kubernetesVersion}`,
        `install kubeadm, kubelet and kubectl ${kubernetesVersion} on ${name}`,
      ),
    );
}

const DAY_SECONDS = 86_400;
const MIN_DAYS = 7;

function certificates({ certificateEnds: hosts }: ClusterFacts, now: number): Problem[] {
  return [...hosts].flatMap(([name, ends]) =>
    [...ends]
      .filter(([, end]) => end < now + MIN_DAYS * DAY_SECONDS)
      .map(([path, end]) =>
        blocker(
          name,
          `${path} ${end < now ? "has expired" : `ends in ${((end - now) / DAY_SECONDS).toFixed(1)} days`}`,
          path.startsWith("/var/lib/kubelet")
            ? "systemctl restart kubelet, and look why it did not rotate"
            : "kubeadm certs renew all, then restart the static pods",
        ),
      ),
  );
}

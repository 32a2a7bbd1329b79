import { holds, sameMinor } from "../../config-files/kubeadm-versions.js";
import { flag } from "../../config-files/static-pod.js";
import type { Inventory } from "../../inventory/schema.js";
import { certificateEnds } from "../../machine/certificates.js";
import { etcdMembers, type EtcdMember } from "../../machine/etcd.js";
import { modifiedTimes, readFile } from "../../machine/files.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import type { Refusal } from "../../machine/kubeadm-preflight.js";
import { controlPlanePods, nodes, type Node, type Pod } from "../../machine/kubernetes.js";
import { remoteQuery } from "../../machine/query.js";
import { manifests, MANIFESTS } from "../../machine/static-pods.js";
import { APISERVER_PORT } from "../../ports.js";
import { sh } from "../../shell/shell.js";
import { kubeadmFacts, parseClusterConfiguration, type KubeadmFacts } from "../cluster.js";
import { masterStates, pending, type MasterState } from "../masters.js";
import type { Problem } from "../step.js";
import { newApiserverProblems } from "./apiserver-flags.js";
import { certificateProblems } from "./certificates.js";
import { dualStackProblems } from "./dual-stack.js";
import { etcdProblems } from "./etcd.js";
import { healthProblems, withoutHalfJoined } from "./health.js";
import { joinSettings, joinSettingsProblems } from "./join-settings.js";
import { joining, joiningProblems, type Joining } from "./joining.js";
import { kubeadmProblems, masterRefusals } from "./kubeadm.js";
import { blocker } from "./machines.js";
import { endpointProblems } from "./former-endpoint.js";
import { nodeProblems } from "./nodes.js";
import { settle } from "./settle.js";
import { triedProblems } from "./versions.js";

/** The cluster as it stands, and whether the new masters fit it. */
export interface ClusterFacts extends KubeadmFacts {
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  readonly members: readonly EtcdMember[];
  readonly hasCaKey: boolean;
  /** The masters that have yet to join. */
  readonly pending: readonly MasterState[];
  /** kube-apiserver's manifest on the first master. */
  readonly manifest: string;
  /** Host → certificate file → its end, in seconds since the epoch. */
  readonly certificateEnds: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** kubeadm's version on the first master and on those that have yet to join; empty when none has. */
  readonly kubeadmVersions: ReadonlyMap<string, string>;
  /** The static pods on machines that have yet to join, and that nothing of a join is on. */
  readonly strayPods?: ReadonlyMap<string, readonly string[]>;
  /** Settings of the kernel that are off on machines that have yet to join, where they matter. */
  readonly settingsOff?: ReadonlyMap<string, readonly string[]>;
  /** What kubeadm refuses on machines that have yet to join as masters. */
  readonly refusals?: ReadonlyMap<string, readonly Refusal[]>;
  /** What joins need of the API; absent where none is to come. */
  readonly joining?: Joining;
  /** Whether the cluster lets admin.conf do everything; kubectl's changes and kubeadm use it. */
  readonly adminMayAll?: boolean;
  /** The looks at single hosts that failed. */
  readonly failures: readonly Problem[];
}

const kubeadmVersion = remoteQuery(sh`kubeadm version -o short`, (out) => out.trim());
/** kubectl ends with 1 where the answer is no. */
const adminMayAll = remoteQuery(
  sh`kubectl --kubeconfig /etc/kubernetes/admin.conf auth can-i '*' '*' --all-namespaces 2>/dev/null || true`,
  (out) => !out.startsWith("no"),
);
const CA_KEY = "/etc/kubernetes/pki/ca.key";

/** Looks at the cluster; hosts that lack tools are not asked for what needs them. */
export async function clusterFacts(fleet: ReadOnlyFleet, lacking: readonly string[]): Promise<ClusterFacts> {
  const first = fleet.firstMaster;
  const [kubeadm, all, pods, members, caKey, manifest, states, mayAll, ends] = await Promise.all([
    kubeadmFacts(fleet),
    nodes(fleet),
    controlPlanePods(fleet),
    etcdMembers(fleet),
    first.ask(modifiedTimes([CA_KEY])),
    first.ask(readFile(`${MANIFESTS}/kube-apiserver.yaml`)),
    masterStates(fleet),
    first.ask(adminMayAll),
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
  const [versions, settings] = await Promise.all([
    settle(asked.map(async (name) => [name, await fleet.host(name).ask(kubeadmVersion)] as const)),
    joinSettings(fleet, all, lacking),
  ]);
  const { kubernetesVersion } = parseClusterConfiguration(kubeadm.clusterConfiguration);
  const toJoin = waiting.length === 0 ? undefined : await joining(fleet, kubernetesVersion, versions.found);
  const untouched = states.filter(({ state }) => state === "absent");
  // Another version's kubeadm, which is a blocker, would refuse all the same.
  const refusals = await settle(
    versions.found.flatMap(([name, version]) => {
      const machine = untouched.find((one) => one.name === name);
      if (machine === undefined || !sameMinor(version, kubernetesVersion)) return [];
      const asked = masterRefusals(fleet, machine, kubeadm.clusterConfiguration, kubernetesVersion);
      return [asked.then((found) => [name, found] as const)];
    }),
  );
  const strays = untouched.map(async ({ name }) => [name, await fleet.host(name).ask(manifests)] as const);
  return {
    ...kubeadm,
    strayPods: new Map(await Promise.all(strays)),
    nodes: all,
    pods,
    members,
    hasCaKey: caKey.size > 0,
    pending: pending(states),
    manifest: manifest?.content ?? "",
    certificateEnds: new Map(ends.found),
    kubeadmVersions: new Map(versions.found),
    settingsOff: new Map(settings.found),
    refusals: new Map(refusals.found),
    ...(toJoin && { joining: toJoin }),
    adminMayAll: mayAll,
    failures: [...ends.failures, ...versions.failures, ...settings.failures, ...refusals.failures],
  };
}

/** What of the cluster stands in the way. `now` in seconds since the epoch. */
export function clusterProblems(facts: ClusterFacts, inventory: Inventory, now: number): Problem[] {
  const first = inventory.controlPlane[0]?.name ?? "";
  const config = parseClusterConfiguration(facts.clusterConfiguration);
  return [
    ...facts.failures,
    ...configuration(facts, first),
    ...(facts.adminMayAll === false ? [adminMayNotAll(first)] : []),
    ...etcdProblems(facts, inventory, first),
    ...endpointProblems(facts, inventory),
    ...newApiserverProblems(facts, inventory),
    ...healthProblems(withoutHalfJoined(facts), first),
    ...triedProblems(config.kubernetesVersion, first),
    ...versions(facts),
    ...(facts.joining ? joiningProblems(facts.joining, first) : []),
    ...strayPods(facts),
    ...certificateProblems(facts.certificateEnds, now),
    ...joinSettingsProblems(facts.settingsOff ?? new Map(), config.kubernetesVersion, inventory),
    ...[...(facts.refusals ?? [])].flatMap(([name, found]) => kubeadmProblems(name, found)),
    ...dualStackProblems(facts.nodes, config, inventory),
    ...nodeProblems({ ...facts, endpoint: config.controlPlaneEndpoint }, inventory),
  ];
}

function configuration({ clusterConfiguration, manifest, hasCaKey }: ClusterFacts, first: string): Problem[] {
  const config = parseClusterConfiguration(clusterConfiguration);
  const problems: Problem[] = [];
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
        "load balancers ask /readyz without a certificate: allow anonymous requests as long as any serve",
      ),
    );
  }
  return problems;
}

function versions({ clusterConfiguration, kubeadmVersions }: ClusterFacts): Problem[] {
  const { kubernetesVersion } = parseClusterConfiguration(clusterConfiguration);
  return [...kubeadmVersions]
    .filter(([, version]) => !sameMinor(version, kubernetesVersion))
    .map(([name, version]) =>
      blocker(
        name,
        `kubeadm is ${version}, the cluster is ${kubernetesVersion}`,
        `install kubeadm, kubelet and kubectl ${kubernetesVersion} on ${name}`,
      ),
    );
}

/** Up to 1.22 kubeadm joins no machine with a manifest on it (DirAvailable--etc-kubernetes-manifests). */
function strayPods({ clusterConfiguration, strayPods: found = new Map() }: ClusterFacts): Problem[] {
  if (!holds("refusesManifests", parseClusterConfiguration(clusterConfiguration).kubernetesVersion))
    return [];
  return [...found]
    .filter(([, names]) => names.length > 0)
    .map(([name, names]) =>
      blocker(
        name,
        `${MANIFESTS} has static pods, and kubeadm joins no machine that has: ${names.join(", ")}`,
        `move them out of that folder on ${name}; what is a load balancer's k8s-ha writes after the join`,
      ),
    );
}

/** admin.conf's group is bound to cluster-admin by a ClusterRoleBinding since kubeadm 1.29 (cmd/kubeadm/app/phases/kubeconfig/kubeconfig.go, EnsureAdminClusterRoleBinding). */
function adminMayNotAll(first: string): Problem {
  return blocker(
    first,
    "the cluster does not let /etc/kubernetes/admin.conf do everything (is the ClusterRoleBinding kubeadm:cluster-admins gone?)",
    `on ${first}: kubectl --kubeconfig /etc/kubernetes/super-admin.conf create clusterrolebinding kubeadm:cluster-admins --clusterrole=cluster-admin --group=kubeadm:cluster-admins`,
  );
}

import { holds, sameMinor } from "../../config-files/kubeadm-versions.js";
import { flag } from "../../config-files/static-pod.js";
import type { Inventory } from "../../inventory/schema.js";
import { certificateEnds } from "../../machine/certificates.js";
import { etcdMembers } from "../../cluster/etcd.js";
import { modifiedTimes, readFile } from "../../machine/files.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { controlPlanePods, nodes } from "../../cluster/kubernetes.js";
import { remoteQuery } from "../../machine/query.js";
import { manifests, MANIFESTS } from "../../machine/static-pods.js";
import { APISERVER_PORT } from "../../ports.js";
import { sh } from "../../shell/shell.js";
import { kubeadmFacts, parseClusterConfiguration } from "../../cluster/kubeadm-config.js";
import { masterStates, pending } from "../../cluster/masters.js";
import type { Problem } from "../step.js";
import type { ClusterFacts } from "./cluster-facts.js";
import { newApiserverProblems } from "./apiserver-flags.js";
import { certificateProblems } from "./certificates.js";
import { dualStackProblems } from "./dual-stack.js";
import { etcdProblems } from "./etcd.js";
import { healthProblems, withoutHalfJoined } from "./health.js";
import { joinSettings, joinSettingsProblems } from "./join-settings.js";
import { joining, joiningProblems } from "./joining.js";
import { kubeadmProblems, masterRefusals } from "./kubeadm.js";
import { blocker } from "./machines.js";
import { endpointProblems } from "./former-endpoint.js";
import { nodeProblems } from "./nodes.js";
import { settle } from "./settle.js";
import { triedProblems } from "./versions.js";

const kubeadmVersion = remoteQuery(sh`kubeadm version -o short`, (out) => out.trim());
/** kubectl exits with 1 if the answer is no. */
const adminMayAll = remoteQuery(
  sh`kubectl --kubeconfig /etc/kubernetes/admin.conf auth can-i '*' '*' --all-namespaces 2>/dev/null || true`,
  (out) => !out.startsWith("no"),
);
const CA_KEY = "/etc/kubernetes/pki/ca.key";

/** Probes the cluster; hosts that lack tools are skipped for the queries that need them. */
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
  // kubeadm of another version is a blocker already, and would refuse anyway.
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

/** The problems of the cluster. `now` in seconds since the epoch. */
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
        "restore the CA's key for the migration: new masters need certificates",
      ),
    );
  }
  if ((config.certificatesDir ?? "/etc/kubernetes/pki") !== "/etc/kubernetes/pki") {
    problems.push(
      blocker(
        first,
        `certificatesDir is ${config.certificatesDir ?? ""}`,
        "k8s-ha supports only /etc/kubernetes/pki",
      ),
    );
  }
  if (manifest === "") {
    problems.push(
      blocker(first, "kube-apiserver is not a static pod", "k8s-ha requires a cluster created by kubeadm"),
    );
    return problems;
  }
  const port = flag(manifest, "secure-port") ?? String(APISERVER_PORT);
  if (port !== String(APISERVER_PORT)) {
    problems.push(
      blocker(first, `the apiserver listens on port ${port}`, `k8s-ha supports only port ${APISERVER_PORT}`),
    );
  }
  if (flag(manifest, "anonymous-auth") === "false") {
    problems.push(
      blocker(
        first,
        "the apiserver refuses anonymous requests (--anonymous-auth=false)",
        "allow anonymous requests as long as load balancers are in use: they query /readyz without a certificate",
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

/** kubeadm up to 1.22 does not join a machine that has static pod manifests (DirAvailable--etc-kubernetes-manifests). */
function strayPods({ clusterConfiguration, strayPods: found = new Map() }: ClusterFacts): Problem[] {
  if (!holds("refusesManifests", parseClusterConfiguration(clusterConfiguration).kubernetesVersion))
    return [];
  return [...found]
    .filter(([, names]) => names.length > 0)
    .map(([name, names]) =>
      blocker(
        name,
        `${MANIFESTS} contains static pods, and kubeadm does not join such a machine: ${names.join(", ")}`,
        `move them out of that directory on ${name}; k8s-ha writes the load balancer's static pods after the join`,
      ),
    );
}

/** admin.conf's group is bound to cluster-admin by a ClusterRoleBinding since kubeadm 1.29 (cmd/kubeadm/app/phases/kubeconfig/kubeconfig.go, EnsureAdminClusterRoleBinding). */
function adminMayNotAll(first: string): Problem {
  return blocker(
    first,
    "/etc/kubernetes/admin.conf does not have full access to the cluster (is ClusterRoleBinding kubeadm:cluster-admins missing?)",
    `on ${first}: kubectl --kubeconfig /etc/kubernetes/super-admin.conf create clusterrolebinding kubeadm:cluster-admins --clusterrole=cluster-admin --group=kubeadm:cluster-admins`,
  );
}

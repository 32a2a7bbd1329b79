import { initConfiguration } from "../../config-files/init-configuration.js";
import { kubeadmPreflight, type Refusal } from "../../machine/kubeadm-preflight.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { ETCD_PORTS } from "../../ports.js";
import { joinSocket } from "../../cluster/cri-socket.js";
import { ignoredOnMaster } from "../ignored-checks.js";
import type { MasterState } from "../../cluster/masters.js";
import type { Problem } from "../step.js";
import { blocker } from "./machines.js";

/** A machine that has yet to join. */
export type Joining = Pick<MasterState, "name" | "address" | "runtimeSockets">;

/** Checks of what k8s-ha provides before it joins a master, and checks that only init runs. */
const OURS = ["ExternalEtcdVersion", "ExternalEtcdClientCertificates"];

/** Checks that do not apply to a worker: kubeadm runs them only for a control plane (cmd/kubeadm/app/preflight/checks.go, InitNodeChecks). */
const OF_MASTERS = [
  ...["NumCPU", "Mem", "Port-6443", "Port-10257", "Port-10259", "DirAvailable--var-lib-etcd"],
  ...ETCD_PORTS.map((port) => `Port-${port}`),
  ...["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"].map(
    (name) => `FileAvailable--etc-kubernetes-manifests-${name}.yaml`,
  ),
];

/** The errors that kubeadm on a machine reports for its join as a master. */
export function masterRefusals(
  fleet: ReadOnlyFleet,
  machine: Joining,
  clusterConfiguration: string,
  kubernetesVersion: string,
): Promise<readonly Refusal[]> {
  const ignored = ignoredOnMaster(fleet.inventory, machine.name, kubernetesVersion);
  return refusals(fleet, machine, clusterConfiguration, kubernetesVersion, ignored);
}

/** The errors that kubeadm on a machine reports for its join as a worker. */
export function workerRefusals(
  fleet: ReadOnlyFleet,
  machine: Joining,
  clusterConfiguration: string,
  kubernetesVersion: string,
): Promise<readonly Refusal[]> {
  const ignored = [...OF_MASTERS, ...fleet.inventory.kubeadm.ignorePreflightErrors];
  return refusals(fleet, machine, clusterConfiguration, kubernetesVersion, ignored);
}

async function refusals(
  fleet: ReadOnlyFleet,
  machine: Joining,
  clusterConfiguration: string,
  kubernetesVersion: string,
  ignored: readonly string[],
): Promise<readonly Refusal[]> {
  const criSocket = joinSocket(machine, fleet.inventory, kubernetesVersion);
  if (criSocket === undefined) return [];
  const node = { nodeName: machine.name, criSocket, advertiseAddress: machine.address };
  const configuration = initConfiguration({ clusterConfiguration, ...node }).shown();
  return fleet.host(machine.name).ask(kubeadmPreflight(configuration, [...OURS, ...ignored]));
}

/** Blockers with kubeadm's messages, except those that k8s-ha's own checks report with a better fix. */
export function kubeadmProblems(name: string, found: readonly Refusal[]): Problem[] {
  return found.filter((refusal) => !isReportedOtherwise(refusal)).map((refusal) => refused(name, refusal));
}

function isReportedOtherwise({ check = "", what }: Refusal): boolean {
  return (
    check === "Swap" ||
    check.startsWith("Port-") ||
    check.startsWith("FileContent--proc-sys-net-") ||
    (check === "SystemVerification" && /cgroups? v1/.test(what))
  );
}

function refused(name: string, { check, what }: Refusal): Problem {
  if (check === undefined) {
    const fix = `correct the ClusterConfiguration: kubectl -n kube-system edit configmap kubeadm-config; or correct kubeadm on ${name}`;
    return blocker(name, `kubeadm rejects the cluster's configuration: ${what}`, fix);
  }
  return blocker(
    name,
    `kubeadm refuses to join it (${check}): ${what}`,
    `fix this on ${name}, or accept it with kubeadm.ignorePreflightErrors: [${check}] in the inventory`,
  );
}

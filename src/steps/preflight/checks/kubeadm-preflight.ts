import { joinSocket } from "../../../cluster/cri-socket.js";
import { clusterConfiguration, parseClusterConfiguration } from "../../../cluster/kubeadm-config.js";
import { masterStates, type MasterState } from "../../../cluster/masters.js";
import type { WorkerState } from "../../../cluster/workers.js";
import { initConfiguration } from "../../../config-files/init-configuration.js";
import { sameMinor } from "../../../config-files/kubeadm-versions.js";
import type { Inventory } from "../../../inventory/schema.js";
import type { ReadOnlyHost } from "../../../machine/host.js";
import { kubeadmVersion, nodePrograms } from "../../../machine/kubeadm.js";
import { kubeadmPreflight as preflightErrors, type Refusal } from "../../../machine/kubeadm-preflight.js";
import { ETCD_PORTS } from "../../../ports.js";
import { ignoredOnMaster } from "../../ignored-checks.js";
import type { Problem } from "../../step.js";
import { askEach, askEquipped, type Answers } from "../answers.js";
import { blocker, type PreflightCheck } from "../check.js";
import { joiningWorkers } from "../joining-workers.js";

/** Checks of what k8s-ha provides before it joins a master, and checks that only init runs. */
const OURS = ["ExternalEtcdVersion", "ExternalEtcdClientCertificates"];

/** init, unlike join, refuses a CA without its key, which a join leaves (cmd/kubeadm/app/phases/certs/certs.go, UsingExternalCA). */
const NO_CERTIFICATES = "/nonexistent";

/** Checks that do not apply to a worker: kubeadm runs them only for a control plane (cmd/kubeadm/app/preflight/checks.go, InitNodeChecks). */
const OF_MASTERS = [
  ...["NumCPU", "Mem", "Port-6443", "Port-10257", "Port-10259", "DirAvailable--var-lib-etcd"],
  ...ETCD_PORTS.map((port) => `Port-${port}`),
  ...["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"].map(
    (name) => `FileAvailable--etc-kubernetes-manifests-${name}.yaml`,
  ),
];

/** A machine that is to join, with the checks that do not apply to it. */
interface JoiningMachine {
  readonly machine: Pick<MasterState, "name" | "address" | "runtimeSockets">;
  readonly ignored: readonly string[];
}

/** The errors that kubeadm itself reports on machines that have yet to join. kubeadm of another minor version is not asked. */
export const kubeadmPreflight: PreflightCheck<Answers<readonly Refusal[]>> = {
  id: "kubeadm-preflight",
  probe: async (fleet) => {
    const [configuration, masters, workers] = await Promise.all([
      clusterConfiguration(fleet),
      masterStates(fleet),
      joiningWorkers(fleet),
    ]);
    const { kubernetesVersion } = parseClusterConfiguration(configuration);
    const joining = [
      ...mastersToJoin(masters, fleet.inventory, kubernetesVersion),
      ...workersToJoin(workers, fleet.inventory),
    ];
    const hosts = joining.map(({ machine }) => fleet.host(machine.name));
    // A failure of kubeadm is reported by check `kubeadm-version` or `worker-programs`.
    const { found: versions } = await askEquipped(fleet, hosts, (host) =>
      workers.some(({ name }) => name === host.name)
        ? host.ask(nodePrograms).then(({ versions: { kubeadm = "" } }) => kubeadm)
        : host.ask(kubeadmVersion),
    );
    const asked = hosts.filter(({ name }) => {
      const version = versions.get(name) ?? "";
      return version !== "" && sameMinor(version, kubernetesVersion);
    });
    return askEach(asked, async (host) => {
      const one = joining.find(({ machine }) => machine.name === host.name);
      return one === undefined ? [] : refusals(host, one, fleet.inventory, configuration);
    });
  },
  problems: ({ found, failures }) => [
    ...failures,
    ...[...found].flatMap(([name, all]) =>
      all.filter((refusal) => !isReportedOtherwise(refusal)).map((refusal) => refused(name, refusal)),
    ),
  ],
};

function mastersToJoin(
  states: readonly MasterState[],
  inventory: Inventory,
  kubernetesVersion: string,
): JoiningMachine[] {
  return states
    .filter(({ state }) => state === "absent")
    .map((machine) => ({ machine, ignored: ignoredOnMaster(inventory, machine.name, kubernetesVersion) }));
}

function workersToJoin(workers: readonly WorkerState[], { kubeadm }: Inventory): JoiningMachine[] {
  const ignored = [...OF_MASTERS, ...kubeadm.ignorePreflightErrors];
  return workers.map((machine) => ({ machine, ignored }));
}

async function refusals(
  host: ReadOnlyHost,
  { machine, ignored }: JoiningMachine,
  inventory: Inventory,
  configuration: string,
): Promise<readonly Refusal[]> {
  const { kubernetesVersion } = parseClusterConfiguration(configuration);
  const criSocket = joinSocket(machine, inventory, kubernetesVersion);
  if (criSocket === undefined) return [];
  const init = initConfiguration({
    clusterConfiguration: configuration,
    nodeName: machine.name,
    criSocket,
    advertiseAddress: machine.address,
    certificatesDir: NO_CERTIFICATES,
  }).shown();
  return host.ask(preflightErrors(init, [...OURS, ...ignored]));
}

/** Errors that k8s-ha's own checks report with a better fix. */
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
    const fix = `correct the ClusterConfiguration: kubectl -n kube-system edit configmap kubeadm-config; or install a kubeadm on ${name} that accepts it`;
    return blocker(name, `kubeadm rejects the cluster's ClusterConfiguration: ${what}`, fix);
  }
  return blocker(
    name,
    `kubeadm would refuse to join this machine (preflight check ${check}): ${what}`,
    `fix this on ${name}, or accept it with kubeadm.ignorePreflightErrors: [${check}] in the inventory`,
  );
}

import { configuredSettings } from "../../../cluster/configured-settings.js";
import { etcdLayout } from "../../../cluster/etcd-layout.js";
import { clusterConfiguration, parseClusterConfiguration } from "../../../cluster/kubeadm-config.js";
import { masterStates, pending, type MasterState } from "../../../cluster/masters.js";
import { configuredVariables } from "../../../cluster/proxy-variables.js";
import { sharedManifests, type Manifests, type StaticPod } from "../../../cluster/static-pod-manifests.js";
import { BIND_ADDRESS } from "../../../config-files/bind-address-patch.js";
import { initConfiguration } from "../../../config-files/init-configuration.js";
import { holds, sameMinor } from "../../../config-files/kubeadm-versions.js";
import { podDifferences, type PodDifference } from "../../../config-files/pod-differences.js";
import { podSettings, type PodSettings } from "../../../config-files/pod-settings.js";
import { proxiesIn } from "../../../config-files/proxy-variables.js";
import { sharesApiserverPort } from "../../../inventory/haproxy-ports.js";
import type { Inventory } from "../../../inventory/schema.js";
import { firstMaster } from "../../../inventory/targets.js";
import { kubeletSocket } from "../../../machine/container-runtime.js";
import type { ReadOnlyFleet } from "../../../machine/fleet.js";
import { kubeadmVersion } from "../../../machine/kubeadm.js";
import { writtenManifests, type WrittenManifests } from "../../../machine/kubeadm-manifests.js";
import { asBlocker, type Problem } from "../../step.js";
import { askEquipped } from "../answers.js";
import type { PreflightCheck } from "../check.js";
import { different, harmful, onlyHere } from "../static-pod-problems.js";

interface Found {
  readonly clusterConfiguration: string;
  /** Whether masters have yet to join. */
  readonly mastersJoin: boolean;
  /** The first master's manifests of the static pods that new masters get. */
  readonly running: Manifests;
  /** What kubeadm writes for a new master; absent if its version cannot show this, or is not the cluster's. */
  readonly joining?: WrittenManifests;
}

/**
 * New masters get the static pods of the first master: kubeadm creates them from the ClusterConfiguration, and the
 * first master's manifests may have been edited.
 */
export const staticPodSettings: PreflightCheck<Found> = {
  id: "static-pod-settings",
  probe: (fleet) => probed(fleet, (states) => pending(states).length > 0),
  problems: (found, inventory) => {
    if (!found.mastersJoin) return [];
    const { name } = firstMaster(inventory);
    const { patches } = inventory.kubeadm;
    const unseen = patches !== undefined && found.joining?.isPatched !== true ? patches : undefined;
    return [
      ...(found.joining?.error === undefined ? [] : [notShown(name, found.joining.error)]),
      ...Object.entries(found.running).flatMap(([pod, manifest]) => {
        try {
          const all = ofPod(pod as StaticPod, manifest, found, inventory);
          return all.map((problem) => withPatches(problem, unseen));
        } catch (error) {
          return [{ ...asBlocker(error), host: name }];
        }
      }),
    ];
  },
};

/** The same for a cluster that no master joins: `kubeadm upgrade` writes the static pods again, too. */
export const runningSettings: PreflightCheck<Found> = {
  ...staticPodSettings,
  probe: (fleet) => probed(fleet, () => true),
};

async function probed(
  fleet: ReadOnlyFleet,
  isAsked: (states: readonly MasterState[]) => boolean,
): Promise<Found> {
  const [configuration, states, running, criSocket] = await Promise.all([
    clusterConfiguration(fleet),
    masterStates(fleet),
    sharedManifests(fleet),
    fleet.firstMaster.ask(kubeletSocket),
  ]);
  const mastersJoin = isAsked(states);
  const nodeName = states[0]?.node ?? fleet.firstMaster.name;
  const joining = mastersJoin && (await written(fleet, { configuration, criSocket, nodeName }));
  return { clusterConfiguration: configuration, mastersJoin, running, ...(joining && { joining }) };
}

interface Node {
  readonly configuration: string;
  readonly criSocket: string;
  readonly nodeName: string;
}

/** What kubeadm on the first master would write for a master with its name and address. */
async function written(
  fleet: ReadOnlyFleet,
  { configuration, criSocket, nodeName }: Node,
): Promise<WrittenManifests | undefined> {
  const { kubernetesVersion } = parseClusterConfiguration(configuration);
  if (!holds("controlPlaneDryRun", kubernetesVersion)) return undefined;
  const { inventory, firstMaster: host } = fleet;
  // A failure of kubeadm is reported by check `kubeadm-version`.
  const { found } = await askEquipped(fleet, [host], (one) => one.ask(kubeadmVersion));
  const version = found.get(host.name) ?? "";
  if (version === "" || !sameMinor(version, kubernetesVersion)) return undefined;
  const hasEtcd =
    etcdLayout(configuration, inventory) === "stacked" && holds("etcdDryRun", kubernetesVersion);
  const { address: advertiseAddress } = firstMaster(inventory);
  const init = initConfiguration({
    clusterConfiguration: configuration,
    nodeName,
    criSocket,
    advertiseAddress,
  });
  const phases = ["control-plane all", ...(hasEtcd ? (["etcd local"] as const) : [])] as const;
  return host.ask(writtenManifests(init.shown(), phases, inventory.kubeadm.patches));
}

function ofPod(pod: StaticPod, manifest: string, found: Found, inventory: Inventory): Problem[] {
  const running = podSettings(manifest);
  const joining = joiningSettings(pod, running, found);
  const { name, address } = firstMaster(inventory);
  const isExternal = etcdLayout(found.clusterConfiguration, inventory) === "external";
  const all = podDifferences(pod, running, joining).filter(
    ({ name: setting }) => pod !== "kube-apiserver" || setting !== "--etcd-servers" || isExternal,
  );
  const isBound = ({ name: setting }: PodDifference) =>
    pod === "kube-apiserver" && setting === `--${BIND_ADDRESS}`;
  const bound = all.find((one) => isBound(one) && one.joining === undefined)?.running;
  const isOurs = sharesApiserverPort(inventory, name) && bound === address;
  const isEverywhere = bound === "0.0.0.0" || bound === "::";
  const others = all.filter((one) => bound === undefined || !isBound(one));
  const known = others.filter(({ harm }) => harm === undefined);
  return [
    ...(bound === undefined || isOurs || isEverywhere ? [] : [onlyHere(name, bound)]),
    ...others.filter(({ harm }) => harm !== undefined).map((one) => harmful(name, pod, one)),
    ...(known.length === 0 ? [] : [different(name, pod, known)]),
  ];
}

/** The settings of a new master's static pod: kubeadm's own, or those that the ClusterConfiguration shows. */
function joiningSettings(pod: StaticPod, running: PodSettings, found: Found): PodSettings {
  const { joining, clusterConfiguration: configuration } = found;
  const manifest = joining?.manifests[pod];
  if (manifest === undefined) return configuredSettings(pod, running, configuration);
  const settings = podSettings(manifest);
  if (pod === "etcd") return settings;
  // The join provides these; the dry run does not have them.
  const proxies = Object.entries(proxiesIn(found.running, configuredVariables(configuration)));
  return { ...settings, env: new Map([...proxies, ...settings.env]) };
}

function notShown(host: string, error: string): Problem {
  return {
    severity: "warning",
    host,
    what: `kubeadm does not show what it would write for a new master, so only flags and volumes of kubeadm-config are compared: ${error}`,
    fix: "correct the ClusterConfiguration: kubectl -n kube-system edit configmap kubeadm-config",
  };
}

/** Patches that only new masters have may provide the setting, which the operator must check: a blocker becomes a warning. */
function withPatches(problem: Problem, patches: string | undefined): Problem {
  if (patches === undefined || problem.severity === "warning") return problem;
  const fix = `make sure that the patches in ${patches} on each new master contain it; or ${problem.fix}`;
  return { ...problem, severity: "warning", fix };
}

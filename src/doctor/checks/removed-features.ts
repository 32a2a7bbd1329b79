import {
  apiserverMetrics,
  type ApiserverMetrics,
  type FeatureStage,
} from "../../cluster/apiserver-metrics.js";
import { clusterConfiguration, parseClusterConfiguration } from "../../cluster/kubeadm-config.js";
import { sharedManifests } from "../../cluster/static-pod-manifests.js";
import { minorOf } from "../../config-files/kubeadm-versions.js";
import { flags } from "../../config-files/static-pod.js";
import { Failure } from "../../failure.js";
import { firstMaster } from "../../inventory/targets.js";
import type { DoctorCheck, Finding } from "../check.js";

interface Facts {
  /** Such as `v1.37.2`. */
  readonly version: string;
  /** Static pod of the first master → the feature gates that its manifest sets. */
  readonly gates: ReadonlyMap<string, readonly string[]>;
  readonly metrics: ApiserverMetrics;
}

/** No feature gate is set, and no API is requested, that a later version removes. */
export const removedFeatures: DoctorCheck<Facts> = {
  id: "removed-features",
  title: "no feature gate is set and no API requested that a later version removes",
  upstream: "https://kubernetes.io/docs/reference/using-api/deprecation-guide/",
  probe: async (fleet) => {
    const { firstMaster: master } = fleet;
    const [text, manifests, metrics] = await Promise.all([
      clusterConfiguration(fleet),
      sharedManifests(fleet),
      master.ask(apiserverMetrics(master)),
    ]);
    const pods = Object.entries(manifests).filter(([pod]) => pod !== "etcd");
    return {
      version: parseClusterConfiguration(text).kubernetesVersion,
      gates: new Map(pods.map(([pod, manifest]) => [pod, gatesIn(manifest)])),
      metrics,
    };
  },
  findings: ({ version, gates, metrics: { stages, deprecated } }, inventory) => {
    const { name: host } = firstMaster(inventory);
    const next = minorOf(version) + 1;
    const requested = deprecated.map(({ name, removedIn }): Finding => ({
      severity: minorOf(removedIn) <= next ? "warning" : "info",
      host,
      what: `${name} was requested since the apiserver of ${host} started, and is removed in ${removedIn}`,
      fix: "find out who requests it (audit log, or the client's own log), and update that client and its manifests",
    }));
    return [...[...gates].flatMap(([pod, names]) => oldGates(pod, names, stages, host)), ...requested];
  },
};

/** Empty for a manifest that cannot be read, which other checks report. */
function gatesIn(manifest: string): string[] {
  try {
    return flags(manifest)
      .filter(([name]) => name === "feature-gates")
      .flatMap(([, value]) => value.split(","))
      .map((gate) => gate.split("=")[0]?.trim() ?? "")
      .filter((name) => name !== "");
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}

function oldGates(
  pod: string,
  names: readonly string[],
  stages: ReadonlyMap<string, FeatureStage>,
  host: string,
): Finding[] {
  const old = names.filter((name) => ["", "DEPRECATED"].includes(stages.get(name) ?? "ALPHA"));
  if (old.length === 0) return [];
  return [
    {
      severity: "warning",
      host,
      what: `${pod} sets feature gates that are GA or deprecated: ${old.join(", ")}; a version that has removed them does not start`,
      fix: `remove them from extraArgs of kubeadm-config and from the manifests of ${pod} before the next upgrade`,
    },
  ];
}

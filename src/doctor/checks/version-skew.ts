import { clusterConfiguration, parseClusterConfiguration } from "../../cluster/kubeadm-config.js";
import { controlPlanePods, nodes } from "../../cluster/kubernetes.js";
import { minorOf } from "../../config-files/kubeadm-versions.js";
import { firstMaster } from "../../inventory/targets.js";
import type { DoctorCheck, Finding } from "../check.js";

/** How many minor versions a kubelet may be older than the oldest apiserver, from Kubernetes 1.28 on; 2 before. */
const KUBELET_SKEW = 3;
const KUBELET_SKEW_FROM = 28;

interface Facts {
  /** Such as `v1.37.2`, of kubeadm-config. */
  readonly configured: string;
  /** Apiserver pod → the tag of its image. */
  readonly apiservers: ReadonlyMap<string, string>;
  /** Node → its kubelet's version. */
  readonly kubelets: ReadonlyMap<string, string>;
}

/** Apiservers and kubelets have versions that work together. */
export const versionSkew: DoctorCheck<Facts> = {
  id: "version-skew",
  title: "versions of apiservers and kubelets fit together",
  upstream: "https://kubernetes.io/releases/version-skew-policy/",
  probe: async (fleet) => {
    const [text, pods, all] = await Promise.all([
      clusterConfiguration(fleet),
      controlPlanePods(fleet),
      nodes(fleet),
    ]);
    const apiservers = pods.filter(({ metadata }) => metadata.name.startsWith("kube-apiserver-"));
    return {
      configured: parseClusterConfiguration(text).kubernetesVersion,
      apiservers: new Map(
        apiservers.map(({ metadata, spec }) => [
          metadata.name,
          /:(v[^:@]+)/.exec(spec.containers?.[0]?.image ?? "")?.[1] ?? "",
        ]),
      ),
      kubelets: new Map(
        all.map(({ metadata, status }) => [metadata.name, status.nodeInfo?.kubeletVersion ?? ""]),
      ),
    };
  },
  findings: ({ configured, apiservers, kubelets }, inventory) => {
    const { name: host } = firstMaster(inventory);
    const versions = [...apiservers.values()].filter((version) => version !== "");
    const minors = versions.map(minorOf);
    const oldest = Math.min(...minors);
    const allowed = oldest >= KUBELET_SKEW_FROM ? KUBELET_SKEW : KUBELET_SKEW - 1;
    const different: Finding[] =
      new Set([...versions, configured]).size <= 1
        ? []
        : [
            {
              severity: Math.max(...minors) - oldest > 1 ? "error" : "warning",
              host,
              what: `kubeadm-config has ${configured}, and the apiservers have ${[...apiservers].map(([name, version]) => `${version} (${name})`).join(", ")}: an upgrade is not complete`,
              fix: "complete it: kubeadm upgrade apply on the first master, kubeadm upgrade node on the others",
            },
          ];
    const kubeletFindings = [...kubelets].flatMap(([node, version]): Finding[] => {
      if (version === "" || minors.length === 0) return [];
      const minor = minorOf(version);
      if (minor > oldest)
        return [
          {
            severity: "error",
            what: `the kubelet of ${node} (${version}) is newer than an apiserver (1.${oldest})`,
            fix: `upgrade the apiservers first, or install the kubelet of 1.${oldest} on ${node}`,
          },
        ];
      if (oldest - minor > allowed)
        return [
          {
            severity: "error",
            what: `the kubelet of ${node} (${version}) is more than ${allowed} minor versions older than the apiservers (1.${oldest})`,
            fix: `upgrade the kubelet of ${node}`,
          },
        ];
      if (minor === oldest) return [];
      return [
        {
          severity: "info",
          what: `the kubelet of ${node} (${version}) is older than the apiservers (1.${oldest}), which is allowed up to ${allowed} minor versions`,
          fix: `upgrade it before the next upgrade of the control plane but ${allowed - (oldest - minor)}`,
        },
      ];
    });
    return [...different, ...kubeletFindings];
  },
};

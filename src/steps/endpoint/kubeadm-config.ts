import {
  desiredConfiguration,
  formerEndpoint,
  kubeadmFacts,
  REPLACED_ENDPOINT_ANNOTATION,
  parseClusterConfiguration,
  type KubeadmFacts,
} from "../../cluster/kubeadm-config.js";
import { check, type Step } from "../step.js";
import { CERTIFICATE_FIRST } from "./certificate-first.js";

/** Writes the new ClusterConfiguration to the cluster, where upgrades and joins read it. */
export const kubeadmConfig: Step<KubeadmFacts> = {
  id: "kubeadm-config",
  title: "Write kubeadm-config",
  why: "kubeadm upgrade and every later join read endpoint, SANs and flags from this ConfigMap.",
  requires: [CERTIFICATE_FIRST],
  rollout: "together",
  on: "first-master",
  probe: kubeadmFacts,
  plan(facts, inventory) {
    const after = desiredConfiguration(facts, inventory);
    const before = facts.clusterConfiguration;
    if (after === before) return { changes: [] };
    const former = formerEndpoint(facts, inventory);
    const host = inventory.controlPlane[0]?.name ?? "";
    return {
      changes: [
        {
          kind: "config-map",
          host,
          namespace: "kube-system",
          name: "kubeadm-config",
          data: { ClusterConfiguration: { before, after } },
          ...(former !== undefined && { annotations: { [REPLACED_ENDPOINT_ANNOTATION]: former } }),
        },
      ],
    };
  },
  async verify(fleet) {
    const { clusterConfiguration } = await kubeadmFacts(fleet);
    const { controlPlaneEndpoint } = parseClusterConfiguration(clusterConfiguration);
    const { endpoint } = fleet.inventory.cluster;
    return [
      check(
        fleet.firstMaster.name,
        "controlPlaneEndpoint in kubeadm-config",
        endpoint.text,
        controlPlaneEndpoint ?? "none",
      ),
    ];
  },
};

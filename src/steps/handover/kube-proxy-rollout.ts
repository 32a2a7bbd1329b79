import { apiGet } from "../../machine/kubectl.js";
import { check, type Step } from "../step.js";

interface DaemonSetStatus {
  readonly metadata: { readonly generation: number };
  readonly status: {
    readonly observedGeneration?: number;
    readonly desiredNumberScheduled: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
  };
}

/** Waits until kube-proxy runs with its new configuration on every node, the new ones included. */
export const kubeProxyRollout: Step<null> = {
  id: "kube-proxy-rollout",
  title: "See kube-proxy rolled out on every node",
  why: "The roll goes on beside the joins: the former address works all the time, so nothing waits for it earlier.",
  rollout: "together",
  settleSeconds: 240,
  probe: () => Promise.resolve(null),
  plan: () => ({ changes: [] }),
  async verify(fleet) {
    const path = "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy";
    const found = await apiGet<DaemonSetStatus>(fleet, path);
    if (found === undefined) return [];
    const { metadata, status } = found;
    const wanted = status.desiredNumberScheduled;
    const current = status.observedGeneration === metadata.generation;
    const rolled = current ? Math.min(status.updatedNumberScheduled ?? 0, status.numberAvailable ?? 0) : 0;
    return [
      check(
        fleet.firstMaster.name,
        "kube-proxy pods up to date and available",
        String(wanted),
        String(rolled),
      ),
    ];
  },
};

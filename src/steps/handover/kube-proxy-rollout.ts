import { rollout, workload } from "../../machine/workloads.js";
import { check, type Step } from "../step.js";

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
    const found = await workload(fleet.firstMaster, "DaemonSet", "kube-system", "kube-proxy");
    if (found === undefined) return [];
    const { wanted, rolled } = rollout(found);
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

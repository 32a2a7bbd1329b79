import { progressOf } from "../../cluster/daemon-pods.js";
import { configMap } from "../../cluster/kubernetes.js";
import { check, type Step } from "../step.js";

/** Waits until kube-proxy runs with its new configuration on every node, including the new ones. */
export const kubeProxyRollout: Step<null> = {
  id: "kube-proxy-rollout",
  title: "Wait for the kube-proxy rollout on every node",
  why: "The former address keeps working, so the rollout runs in parallel with the joins, and only this step waits for it.",
  requires: [{ steps: ["kube-proxy"], why: "without it there is no rollout to wait for" }],
  rollout: "together",
  settleSeconds: 240,
  probe: () => Promise.resolve(null),
  plan: () => ({ changes: [] }),
  async verify(fleet) {
    const own = { kind: "DaemonSet", namespace: "kube-system", name: "kube-proxy" } as const;
    const [found, map] = await Promise.all([
      progressOf(fleet, own),
      configMap(fleet, "kube-system", "kube-proxy"),
    ]);
    if (found === undefined) {
      // A cluster whose network replaces kube-proxy has neither.
      if (map === undefined) return [];
      return [check(fleet.firstMaster.name, "DaemonSet kube-system/kube-proxy", "exists", "missing")];
    }
    const { wanted, rolled, byHand } = found;
    return [
      check(
        fleet.firstMaster.name,
        "kube-proxy pods up to date and available",
        String(wanted),
        byHand && rolled < wanted
          ? `${rolled}; with updateStrategy OnDelete, delete its pods one by one`
          : String(rolled),
      ),
    ];
  },
};

import { replaceServer, servers } from "../../config-files/kubeconfig.js";
import { endpoint } from "../../inventory/targets.js";
import { configMap } from "../../machine/kubernetes.js";
import { check, type Step } from "../step.js";

interface Facts {
  /** The kubeconfig that joining nodes fetch; `undefined` where the ConfigMap was removed. */
  readonly kubeconfig: string | undefined;
}

/** Makes joining nodes learn the endpoint. */
export const clusterInfo: Step<Facts> = {
  id: "cluster-info",
  title: "Write cluster-info, wait for its signatures",
  why: "A joining node's kubelet gets its server from here (kubeadm#1955), and refuses a stale signature.",
  rollout: "together",
  async probe(fleet) {
    return { kubeconfig: (await configMap(fleet, "kube-public", "cluster-info"))?.data?.["kubeconfig"] };
  },
  plan({ kubeconfig }, inventory) {
    const host = inventory.controlPlane[0]?.name ?? "";
    if (kubeconfig === undefined) {
      return {
        changes: [],
        problems: [
          {
            severity: "blocker",
            host,
            what: "the ConfigMap kube-public/cluster-info is missing",
            fix: "make it anew: kubeadm init phase bootstrap-token",
          },
        ],
      };
    }
    const { url } = endpoint(inventory);
    const after = servers(kubeconfig).reduce(
      (text, { server }) => replaceServer(text, server, url),
      kubeconfig,
    );
    if (after === kubeconfig) return { changes: [] };
    return {
      changes: [
        {
          kind: "config-map",
          host,
          namespace: "kube-public",
          name: "cluster-info",
          data: { kubeconfig: { before: kubeconfig, after } },
          signed: true,
        },
      ],
    };
  },
  async verify(fleet) {
    const text = (await configMap(fleet, "kube-public", "cluster-info"))?.data?.["kubeconfig"] ?? "";
    const named = servers(text).map(({ server }) => server);
    return [
      check(
        fleet.firstMaster.name,
        "server in cluster-info",
        endpoint(fleet.inventory).url,
        named.join(", "),
      ),
    ];
  },
};

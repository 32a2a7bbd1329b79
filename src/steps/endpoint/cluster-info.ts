import { replaceServer, servers } from "../../config-files/kubeconfig.js";
import { configMap } from "../../cluster/kubernetes.js";
import { httpStatus } from "../../machine/network.js";
import { masterStates, pending } from "../../cluster/masters.js";
import { check, type Step } from "../step.js";
import { pendingWorkers, workerStates } from "../../cluster/workers.js";
import { CERTIFICATE_FIRST } from "./certificate-first.js";

/** Requested without credentials by kubeadm join, before it trusts the cluster. */
const ANONYMOUS = "/api/v1/namespaces/kube-public/configmaps/cluster-info";

interface Facts {
  /** The kubeconfig that joining nodes fetch; `undefined` if the ConfigMap was removed. */
  readonly kubeconfig: string | undefined;
  /** The machines that have not joined yet. */
  readonly waiting: readonly string[];
}

/** Writes the endpoint to cluster-info, which joining nodes read. */
export const clusterInfo: Step<Facts> = {
  id: "cluster-info",
  title: "Write cluster-info and wait for its signatures",
  why: "A join takes the API server's address from cluster-info (kubeadm#1955), and rejects a stale signature.",
  requires: [CERTIFICATE_FIRST],
  rollout: "together",
  on: "first-master",
  async probe(fleet) {
    const [map, states, workers] = await Promise.all([
      configMap(fleet, "kube-public", "cluster-info"),
      masterStates(fleet),
      workerStates(fleet),
    ]);
    const waiting = [...pending(states), ...pendingWorkers(workers)].map(({ name }) => name);
    return { kubeconfig: map?.data?.["kubeconfig"], waiting };
  },
  plan({ kubeconfig, waiting }, inventory) {
    const host = inventory.controlPlane[0]?.name ?? "";
    // Hardened clusters remove it once every node has joined.
    if (kubeconfig === undefined && waiting.length === 0) return { changes: [] };
    if (kubeconfig === undefined) {
      return {
        changes: [],
        problems: [
          {
            severity: "blocker",
            host,
            what: "the ConfigMap kube-public/cluster-info is missing",
            fix: "recreate it: kubeadm init phase bootstrap-token --skip-token-print; then delete the token that this created: kubeadm token list, kubeadm token delete TOKEN",
          },
        ],
      };
    }
    const { url } = inventory.cluster.endpoint;
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
    const text = (await configMap(fleet, "kube-public", "cluster-info"))?.data?.["kubeconfig"];
    if (text === undefined) return [];
    const named = servers(text).map(({ server }) => server);
    const { url } = fleet.inventory.cluster.endpoint;
    const status = await fleet.firstMaster.ask(httpStatus(`${url}${ANONYMOUS}`));
    return [
      check(fleet.firstMaster.name, "cluster-info, as joining nodes request it", "200", String(status)),
      check(fleet.firstMaster.name, "server in cluster-info", url, named.join(", ")),
    ];
  },
};

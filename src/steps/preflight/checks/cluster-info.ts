import { httpsUrl } from "../../../address.js";
import { masterStates, pending } from "../../../cluster/masters.js";
import { firstMaster } from "../../../inventory/targets.js";
import { remoteQuery } from "../../../machine/query.js";
import { APISERVER_PORT } from "../../../ports.js";
import { sh } from "../../../shell/shell.js";
import { blocker, type PreflightCheck } from "../check.js";
import { joiningWorkers } from "../joining-workers.js";

const PATH = "/api/v1/namespaces/kube-public/configmaps/cluster-info";

/** ConfigMap cluster-info can be read without a certificate, as kubeadm join does first. Queried only if machines join. */
export const clusterInfo: PreflightCheck<{
  /** The HTTP status; 000 without an answer; `null` if no machine is to join. */
  readonly status: string | null;
}> = {
  id: "cluster-info",
  probe: async (fleet) => {
    const [masters, workers] = await Promise.all([masterStates(fleet), joiningWorkers(fleet)]);
    if (pending(masters).length + workers.length === 0) return { status: null };
    const first = fleet.firstMaster;
    const url = `${httpsUrl(first.address, APISERVER_PORT)}${PATH}`;
    const script = sh`curl -sk --noproxy '*' -o /dev/null -w '%{http_code}' --max-time 5 ${url} || true`;
    return { status: await first.ask(remoteQuery(script, (out) => out.trim())) };
  },
  problems: ({ status }, inventory) => {
    if (status === null || status === "200") return [];
    const { name } = firstMaster(inventory);
    return [
      blocker(
        name,
        `ConfigMap kube-public/cluster-info cannot be read without a certificate (HTTP status ${status}); kubeadm join reads it without one`,
        `on ${name}: kubeadm init phase bootstrap-token, which recreates the Role and its binding; if the apiserver refuses anonymous requests (--anonymous-auth=false) or limits them (--authentication-config), allow them for ${PATH} until all machines have joined`,
      ),
    ];
  },
};

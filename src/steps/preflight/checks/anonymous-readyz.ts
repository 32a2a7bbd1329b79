import { httpsUrl } from "../../../address.js";
import { masterStates } from "../../../cluster/masters.js";
import { httpStatus } from "../../../machine/network.js";
import { MANIFESTS } from "../../../machine/static-pods.js";
import { APISERVER_PORT } from "../../../ports.js";
import { blocker, type PreflightCheck } from "../check.js";

/** The statuses of a request that the apiserver does not admit without credentials. */
const REFUSED = [401, 403];

/**
 * Running apiservers answer /readyz without credentials, as load balancers request it. Requested, because not only
 * --anonymous-auth but also an AuthenticationConfiguration and RBAC decide on it.
 */
export const anonymousReadyz: PreflightCheck<{
  /** Master → the HTTP status; 0 without an answer. */
  readonly statuses: ReadonlyMap<string, number>;
}> = {
  id: "anonymous-readyz",
  probe: async (fleet) => {
    const masters = (await masterStates(fleet)).filter(({ state }) => state === "joined");
    const statuses = masters.map(async ({ name, address }) => {
      const url = `${httpsUrl(address, APISERVER_PORT)}/readyz`;
      return [name, await fleet.firstMaster.ask(httpStatus(url))] as const;
    });
    return { statuses: new Map(await Promise.all(statuses)) };
  },
  problems: ({ statuses }) =>
    [...statuses]
      .filter(([, status]) => REFUSED.includes(status))
      .map(([name, status]) =>
        blocker(
          name,
          `the apiserver refuses /readyz without credentials (HTTP status ${status}), which load balancers request`,
          `remove --anonymous-auth=false from ${MANIFESTS}/kube-apiserver.yaml and from apiServer.extraArgs of kubeadm-config; or allow the path /readyz in the file of --authentication-config (anonymous.conditions); or restore ClusterRoleBinding system:public-info-viewer, which a restart of the apiserver does`,
        ),
      ),
};

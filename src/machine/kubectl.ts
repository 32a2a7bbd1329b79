import { httpsUrl } from "../address.js";
import { APISERVER_PORT } from "../ports.js";
import { sh, type Shell } from "../shell/shell.js";

/** kubeadm's administrator kubeconfig. */
export const ADMIN_CONF = "/etc/kubernetes/admin.conf";

/** kubectl as administrator with the apiserver on this master, independent of the server in admin.conf. */
export function kubectl(master: { readonly address: string }, args: readonly string[]): Shell {
  const server = httpsUrl(master.address, APISERVER_PORT);
  return sh`kubectl --kubeconfig ${ADMIN_CONF} --server ${server} ${args}`;
}

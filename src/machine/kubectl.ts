import { sh, type Shell } from "../shell/shell.js";
import type { ReadOnlyFleet } from "./fleet.js";
import type { ReadOnlyHost } from "./host.js";
import { expectSuccess, remoteAttempt } from "./query.js";

/** The apiserver's own port on every master; preflight refuses clusters that use another. */
export const APISERVER_PORT = 6443;
/** kubeadm's administrator kubeconfig. */
export const ADMIN_CONF = "/etc/kubernetes/admin.conf";

/** kubectl as administrator, asking the apiserver on that very master, whatever admin.conf names by now. */
export function kubectl(master: { readonly address: string }, args: readonly string[]): Shell {
  const server = `https://${master.address}:${APISERVER_PORT}`;
  return sh`kubectl --kubeconfig ${ADMIN_CONF} --server ${server} ${args}`;
}

/** Thrown text where the API says that there is no such object. */
const NOT_FOUND = /\(NotFound\)/;

/**
 * An object or a list, by its API path; `undefined` where there is none. `--raw` needs no discovery and writes no
 * cache on the host.
 */
export function apiGet<T>(fleet: ReadOnlyFleet, path: string): Promise<T | undefined> {
  return apiGetFrom<T>(fleet.firstMaster, path);
}

/** {@link apiGet}, asked on a master of one's choice. */
export async function apiGetFrom<T>(master: ReadOnlyHost, path: string): Promise<T | undefined> {
  const script = kubectl(master, ["get", "--raw", path]);
  return master.ask(
    remoteAttempt(script, (result) => {
      if (result.code !== 0 && NOT_FOUND.test(result.stderr)) return undefined;
      return JSON.parse(expectSuccess(script, result)) as T;
    }),
  );
}

/** {@link apiGet} for what must be there. */
export async function apiList<T>(fleet: ReadOnlyFleet, path: string): Promise<readonly T[]> {
  return (await apiGet<{ items?: readonly T[] }>(fleet, path))?.items ?? [];
}

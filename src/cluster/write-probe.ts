import { httpsUrl } from "../address.js";
import { asAdmin } from "../machine/api-batch.js";
import { APISERVER_PORT } from "../ports.js";
import { sh, type Shell } from "../shell/shell.js";

/** The ConfigMap that the write probe of a run updates. */
export const WRITTEN = { namespace: "kube-system", name: "k8s-ha-availability" } as const;

const LIST = `/api/v1/namespaces/${WRITTEN.namespace}/configmaps`;
const OBJECT = `${LIST}/${WRITTEN.name}`;
const MANIFEST = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: WRITTEN });

/**
 * Repeatedly writes a number through the API's URL, on the first master, until its output is closed. Prints a line
 * `MILLISECONDS STATUS` for each write. A patch creates no object, so that a late one does not recreate a removed object.
 * A write may take 5 s: etcd times out after 7 s (server/etcdserver/v3_server.go, ReqTimeout).
 */
export function writeForever(url: string, pauseSeconds: string): Shell {
  return asAdmin(sh`number=0
ask -o /dev/null -H 'Content-Type: application/json' -d ${MANIFEST} ${`${url}${LIST}`} 2>/dev/null
while :; do
  number=$((number + 1))
  printf '%s %s\n' "$(date +%s%3N)" "$(ask -o /dev/null -w '%{http_code}' --max-time 5 -X PATCH -H 'Content-Type: application/merge-patch+json' -d "{\"data\":{\"written\":\"$number\"}}" ${`${url}${OBJECT}`} 2>/dev/null)" || exit 0
  sleep ${pauseSeconds}
done`);
}

/** Removes the ConfigMap of the write probe, also that of a killed run. */
export function removeWritten(master: { readonly address: string }): Shell {
  return asAdmin(
    sh`ask -o /dev/null --max-time 5 -X DELETE ${`${httpsUrl(master.address, APISERVER_PORT)}${OBJECT}`}`,
  );
}

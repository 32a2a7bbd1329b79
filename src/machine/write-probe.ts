import { httpsUrl } from "../address.js";
import { APISERVER_PORT } from "../ports.js";
import { sh, type Shell } from "../shell/shell.js";
import { asAdmin } from "./api-batch.js";

/** What a run writes over and over, to see whether writes succeed. */
export const WRITTEN = { namespace: "kube-system", name: "k8s-ha-availability" } as const;

const LIST = `/api/v1/namespaces/${WRITTEN.namespace}/configmaps`;
const OBJECT = `${LIST}/${WRITTEN.name}`;
const MANIFEST = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: WRITTEN });

/**
 * On the first master, until nobody reads any more: a number is written through the API's URL, over and over. Prints a
 * line `MILLISECONDS STATUS` for each. A patch makes no object, so that none that is late brings a removed one back.
 * A write may take 5 s: etcd gives up on one after 7 (server/etcdserver/v3_server.go, ReqTimeout).
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

/** Removes what was written, also by a run that was killed. */
export function removeWritten(master: { readonly address: string }): Shell {
  return asAdmin(
    sh`ask -o /dev/null --max-time 5 -X DELETE ${`${httpsUrl(master.address, APISERVER_PORT)}${OBJECT}`}`,
  );
}

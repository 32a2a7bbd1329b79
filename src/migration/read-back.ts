import { httpsUrl } from "../address.js";
import { VERIFICATION, verificationMetadata } from "../cluster/verification-objects.js";
import { asAdmin } from "../machine/api-batch.js";
import type { WritableHost } from "../machine/host.js";
import { APISERVER_PORT } from "../ports.js";
import { sh } from "../shell/shell.js";
import { check, type Check } from "../steps/step.js";

const LIST = `/api/v1/namespaces/${VERIFICATION.namespace}/configmaps`;
/** The time for all requests together; each gets at least one second. */
const SECONDS = 40;
const EVERYWHERE = "through every kube-apiserver";

/**
 * Writes a ConfigMap through each apiserver, reads it through every one, and removes it. A GET without a resource version
 * returns the newest object of etcd, so apiservers with different data are found.
 * @param first the first master, which sends the requests, because admin.conf is there
 * @param id differs between runs
 */
export async function readBackChecks(
  first: WritableHost,
  masters: readonly { readonly name: string; readonly address: string }[],
  id: string,
): Promise<Check[]> {
  const metadata = verificationMetadata(id);
  const object = `${LIST}/${metadata.name}`;
  const manifest = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata });
  const servers = masters.map(({ address }) => httpsUrl(address, APISERVER_PORT));
  const own = httpsUrl(first.address, APISERVER_PORT);
  const out = await first.run(
    asAdmin(sh`end=$(($(date +%s) + ${SECONDS}))
ask -o /dev/null -H 'Content-Type: application/json' -d ${manifest} ${`${own}${LIST}`} 2>/dev/null
for writer in ${servers}; do
  ask -o /dev/null -X PATCH -H 'Content-Type: application/merge-patch+json' -d "{\"data\":{\"written\":\"$writer "${id}"\"}}" "$writer"${object} 2>/dev/null
  for reader in ${servers}; do
    printf '%s\t%s\t%s\n' "$writer" "$reader" "$(ask "$reader"${object} 2>/dev/null | sed -n 's/.*"written":"\([^"]*\)".*/\1/p')"
  done
done
ask -o /dev/null -X DELETE ${`${own}${object}`} 2>/dev/null || true`),
    { timeoutSeconds: 2 * SECONDS },
  );
  const rows = out.split("\n").map((line) => line.split("\t"));
  return masters.map(({ name }, i) => {
    const writer = servers[i] ?? "";
    const wrong = masters.filter((_, j) => {
      const read = rows.find(([from, through]) => from === writer && through === servers[j])?.[2];
      return read !== `${writer} ${id}`;
    });
    const actual = wrong.length === 0 ? EVERYWHERE : `not through ${wrong.map((one) => one.name).join(", ")}`;
    return check(name, "a write through its kube-apiserver can be read", EVERYWHERE, actual);
  });
}

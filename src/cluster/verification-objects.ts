import { httpsUrl } from "../address.js";
import { asAdmin } from "../machine/api-batch.js";
import type { Fleet } from "../machine/fleet.js";
import { APISERVER_PORT } from "../ports.js";
import { sh } from "../shell/shell.js";
import { apiList } from "./api.js";

/** Names of the ConfigMap and the pod with which a run verifies the cluster start like this. */
export const VERIFICATION = { namespace: "kube-system", name: "k8s-ha-verification" } as const;

const LABEL = "app.kubernetes.io/name";
/** An older object was left by a killed run; no run uses one for so long. */
const LEFT_MINUTES = 15;

/** The metadata of such an object; each run has its own, because another one may verify at the same time. */
export function verificationMetadata(id: string) {
  const { namespace, name } = VERIFICATION;
  return { namespace, name: `${name}-${id}`, labels: { [LABEL]: name } } as const;
}

interface Labeled {
  readonly metadata: { readonly name: string; readonly creationTimestamp: string };
}

/** Removes the objects of killed runs. */
export async function removeLeftVerification(fleet: Fleet): Promise<void> {
  const first = fleet.firstMaster;
  const look = fleet.look();
  const lists = ["pods", "configmaps"].map(async (kind) => {
    const path = `/api/v1/namespaces/${VERIFICATION.namespace}/${kind}`;
    const found = await apiList<Labeled>(look, `${path}?labelSelector=${LABEL}%3D${VERIFICATION.name}`);
    const left = found.filter(
      ({ metadata }) => Date.now() - Date.parse(metadata.creationTimestamp) > LEFT_MINUTES * 60_000,
    );
    return left.map(({ metadata }) => `${httpsUrl(first.address, APISERVER_PORT)}${path}/${metadata.name}`);
  });
  const urls = (await Promise.all(lists)).flat();
  if (urls.length === 0) return;
  await first.run(
    asAdmin(sh`end=$(($(date +%s) + 20))
for url in ${urls}; do ask -o /dev/null -X DELETE "$url"; done`),
  );
}

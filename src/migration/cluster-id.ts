import { apiGet } from "../cluster/api.js";
import type { Metadata } from "../cluster/kubernetes.js";
import type { ClusterId } from "../engine/cluster-id.js";
import { Failure } from "../failure.js";
import { CLUSTER_CA } from "../machine/certificates.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import { digests } from "../machine/files.js";

/** Identifies the first master's cluster. */
export async function clusterId(look: ReadOnlyFleet): Promise<ClusterId> {
  const [files, namespace] = await Promise.all([
    look.firstMaster.ask(digests([CLUSTER_CA])),
    apiGet<{ readonly metadata: Metadata }>(look, "/api/v1/namespaces/kube-system").catch(
      (error: unknown) => {
        if (error instanceof Failure) return undefined;
        throw error;
      },
    ),
  ]);
  return { ca: files.get(CLUSTER_CA) ?? "none", uid: namespace?.metadata.uid };
}

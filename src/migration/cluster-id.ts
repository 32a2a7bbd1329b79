import { apiGetFrom } from "../cluster/api.js";
import type { Metadata } from "../cluster/kubernetes.js";
import type { ClusterId } from "../engine/cluster-id.js";
import { Failure } from "../failure.js";
import { CLUSTER_CA } from "../machine/certificates.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import { digests } from "../machine/files.js";

/** Identifies a master's cluster: by default, the first one's. */
export async function clusterId(look: ReadOnlyFleet, master = look.firstMaster): Promise<ClusterId> {
  const [files, namespace] = await Promise.all([
    master.ask(digests([CLUSTER_CA])),
    apiGetFrom<{ readonly metadata: Metadata }>(master, "/api/v1/namespaces/kube-system").catch(
      (error: unknown) => {
        if (error instanceof Failure) return undefined;
        throw error;
      },
    ),
  ]);
  return { ca: files.get(CLUSTER_CA) ?? "none", uid: namespace?.metadata.uid };
}

import { apiList } from "./api.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import type { Pod } from "./kubernetes.js";

interface OwnedPod extends Pod {
  readonly metadata: Pod["metadata"] & {
    readonly namespace: string;
    readonly ownerReferences?: readonly { readonly kind: string }[];
  };
}

/** The pods, `NAMESPACE/NAME`, that are lost with a node: without static pods, DaemonSet pods and completed pods. */
export async function podsOn(node: string, fleet: ReadOnlyFleet): Promise<string[]> {
  const pods = await apiList<OwnedPod>(fleet, `/api/v1/pods?fieldSelector=spec.nodeName%3D${node}`);
  const own = pods.filter(
    ({ metadata, status }) =>
      !("kubernetes.io/config.mirror" in (metadata.annotations ?? {})) &&
      !metadata.ownerReferences?.some(({ kind }) => kind === "DaemonSet") &&
      status.phase !== "Succeeded" &&
      status.phase !== "Failed",
  );
  return own.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
}

import { controlPlanePods, isReady, nodeAt, nodes, type Pod } from "../../cluster/kubernetes.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import type { ReadOnlyHost } from "../../machine/host.js";
import { check, type Check } from "../step.js";
import { componentsOf } from "./components.js";

const READY = "Ready";

/** Checks that the API lists a Ready pod for each component of each master. */
export async function podChecks(fleet: ReadOnlyFleet, masters: readonly ReadOnlyHost[]): Promise<Check[]> {
  const [pods, all] = await Promise.all([controlPlanePods(fleet), nodes(fleet)]);
  const checks = masters.map(async ({ name, address }) => {
    const node = nodeAt(all, address)?.metadata.name;
    const components = await componentsOf(fleet, name);
    return check(name, "control-plane pods", READY, podStates(components, node, pods));
  });
  return Promise.all(checks);
}

/** `Ready`, or the pods of a node's components that are missing or not Ready. */
function podStates(components: readonly string[], node: string | undefined, pods: readonly Pod[]): string {
  if (node === undefined) return "no node";
  const wrong = components.flatMap((component) => {
    // The kubelet names a static pod after its manifest and its node.
    const pod = pods.find(
      ({ metadata, spec }) => spec.nodeName === node && metadata.name === `${component}-${node}`,
    );
    if (pod === undefined) return [`no pod ${component}-${node}`];
    return isReady(pod) ? [] : [`${component}-${node} not Ready`];
  });
  return wrong.length === 0 ? READY : wrong.join(", ");
}

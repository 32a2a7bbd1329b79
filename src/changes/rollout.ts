import { Failure } from "../failure.js";
import type { WritableHost } from "../machine/host.js";
import { kubectl } from "../machine/kubectl.js";
import { waitUntil } from "../machine/wait.js";
import { progressOf } from "../cluster/daemon-pods.js";
import { lostNodes } from "../cluster/lost-pods.js";
import { workload, type WorkloadKind } from "../cluster/workloads.js";
import type { ApplyContext, BaseChange, ChangeKind, Interruption } from "./kind.js";

/** Restarts the pods of a workload, one after the other, with the configuration of this hash. */
export interface RolloutChange extends BaseChange {
  readonly kind: "rollout";
  readonly workload: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
  readonly configHash: string;
  readonly interruption: Interruption;
}

/** The pod template's annotation with the hash of the configuration that its pods were started with. */
export const CONFIG_HASH_ANNOTATION = "k8s-ha/config-hash";

/**
 * Patches the pod template, which starts a rollout; a later check waits until it is complete. With lost hosts, a
 * DaemonSet's pods are replaced here: its controller would wait for the lost pod.
 */
export const rolloutKind: ChangeKind<RolloutChange, { readonly configHash: string | null }> = {
  kind: "rollout",
  mark: "~",
  describe: (c) => `${c.workload} ${c.namespace}/${c.name}: roll out the new configuration`,
  diff: (c) => `+ ${CONFIG_HASH_ANNOTATION}: ${c.configHash}`,
  interrupts: (c) => c.interruption,
  async apply(c, context) {
    await annotate(context.host, c, c.configHash);
    await replaceStuckPods(c.workload, c, context);
  },
  undo: {
    target: (c) => `${c.workload} ${c.namespace}/${c.name}`,
    async before(c, { host }) {
      const found = await workload(host, c.workload, c.namespace, c.name);
      return { configHash: found?.spec.template.metadata.annotations?.[CONFIG_HASH_ANNOTATION] ?? null };
    },
    describe: (c) => `${c.workload} ${c.namespace}/${c.name}: roll back to the former configuration`,
    activates: true,
    async undo(c, { configHash }, context) {
      // It was deleted: there is nothing to undo.
      if ((await workload(context.host, c.workload, c.namespace, c.name)) === undefined) return;
      await annotate(context.host, c, configHash);
      // The address that its pods use now is removed after this.
      await waitForRollout(c.workload, c, context);
    },
  },
};

/** {@link waitForRollout} of a DaemonSet that has pods on lost hosts; otherwise nothing. */
export async function replaceStuckPods(
  kind: WorkloadKind,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  context: ApplyContext,
): Promise<void> {
  const look = context.fleet.look();
  if (kind !== "DaemonSet" || (await lostNodes(look)).length === 0) return;
  const found = await progressOf(look, { kind, namespace, name });
  if (found?.byHand === false) await waitForRollout(kind, { namespace, name }, context);
}

/**
 * Waits until every pod of a workload runs its current template, as long as their number grows; without the pods on lost
 * hosts. Pods that a lost one blocks are deleted, one after the other: the controller starts new ones.
 */
export async function waitForRollout(
  kind: WorkloadKind,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { host, fleet, note }: ApplyContext,
): Promise<void> {
  note(`waiting for all pods of ${name}`);
  let [known, left] = [0, Infinity];
  while (left > 0) {
    await waitUntil(`the next pods of ${name}`, 240, fleet.signal, async () => {
      const found = await progressOf(fleet.look(), { kind, namespace, name });
      if (found === undefined) throw new Failure(`${kind} ${namespace}/${name} does not exist`);
      const { wanted, rolled, stuck } = found;
      const [next] = stuck;
      if (next !== undefined)
        await host.run(kubectl(host, ["-n", namespace, "delete", "pod", next, "--wait=false"]));
      const hasGrown = rolled > known;
      known = Math.max(known, rolled);
      left = wanted - rolled;
      return left === 0 || hasGrown;
    });
  }
}

async function annotate(host: WritableHost, c: RolloutChange, configHash: string | null): Promise<void> {
  const annotations = { [CONFIG_HASH_ANNOTATION]: configHash };
  const patch = JSON.stringify({ spec: { template: { metadata: { annotations } } } });
  const target = `${c.workload.toLowerCase()}/${c.name}`;
  await host.run(kubectl(host, ["-n", c.namespace, "patch", target, "-p", patch]));
}

import { Failure } from "../failure.js";
import { daemonSet, rollout } from "../machine/daemonsets.js";
import { kubectl } from "../machine/kubectl.js";
import { waitUntil } from "../machine/wait.js";
import type { WritableHost } from "../machine/host.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** The pods of a DaemonSet start anew, node by node, with the configuration of this hash. */
export interface DaemonSetRestartChange extends BaseChange {
  readonly kind: "daemonset-restart";
  readonly namespace: string;
  readonly name: string;
  readonly configHash: string;
}

/** The pod template's annotation that tells which configuration its pods were started with. */
export const CONFIG_HASH_ANNOTATION = "k8s-ha/config-hash";

/** Patches the pod template, which makes the controller roll; a later step waits until it has. */
export const daemonSetRestartKind: ChangeKind<
  DaemonSetRestartChange,
  { readonly configHash: string | null }
> = {
  kind: "daemonset-restart",
  describe: (c) => `DaemonSet ${c.namespace}/${c.name}: roll to the new configuration`,
  diff: (c) => `+ ${CONFIG_HASH_ANNOTATION}: ${c.configHash}`,
  interrupts: () => ({
    what: "nothing: the rules that kube-proxy wrote stay in the kernel while it restarts",
    seconds: 0,
  }),
  apply: (c, { host }) => annotate(host, c, c.configHash),
  undo: {
    target: (c) => `${c.namespace}/${c.name}`,
    async before(c, { host }) {
      const found = await daemonSet(host, c.namespace, c.name);
      return { configHash: found?.spec.template.metadata.annotations?.[CONFIG_HASH_ANNOTATION] ?? null };
    },
    describe: (c) => `DaemonSet ${c.namespace}/${c.name}: roll back to the former configuration`,
    activates: true,
    async undo(c, { configHash }, { host, fleet, note }) {
      await annotate(host, c, configHash);
      note(`waiting for ${c.name} on every node`);
      // The address that its pods use now goes away after this.
      await waitUntil(`${c.name} on every node`, 240, fleet.signal, async () => {
        const found = await daemonSet(host, c.namespace, c.name);
        if (found === undefined) throw new Failure(`there is no DaemonSet ${c.namespace}/${c.name}`);
        const { wanted, rolled } = rollout(found);
        return rolled === wanted;
      });
    },
  },
};

async function annotate(
  host: WritableHost,
  c: DaemonSetRestartChange,
  configHash: string | null,
): Promise<void> {
  const annotations = { [CONFIG_HASH_ANNOTATION]: configHash };
  const patch = JSON.stringify({ spec: { template: { metadata: { annotations } } } });
  await host.run(kubectl(host, ["-n", c.namespace, "patch", `daemonset/${c.name}`, "-p", patch]));
}

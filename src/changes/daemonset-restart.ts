import { kubectl } from "../machine/kubectl.js";
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
export const daemonSetRestartKind: ChangeKind<DaemonSetRestartChange> = {
  kind: "daemonset-restart",
  describe: (c) => `DaemonSet ${c.namespace}/${c.name}: roll to the new configuration`,
  diff: (c) => `+ ${CONFIG_HASH_ANNOTATION}: ${c.configHash}`,
  interrupts: () => "nothing: the rules that kube-proxy wrote stay in the kernel while it restarts",
  async apply(c, { host }) {
    const annotations = { [CONFIG_HASH_ANNOTATION]: c.configHash };
    const patch = JSON.stringify({ spec: { template: { metadata: { annotations } } } });
    await host.run(kubectl(host, ["-n", c.namespace, "patch", `daemonset/${c.name}`, "-p", patch]));
  },
};

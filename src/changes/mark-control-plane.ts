import { apiGetFrom } from "../cluster/api.js";
import type { Node } from "../cluster/kubernetes.js";
import type { ReadOnlyHost } from "../machine/host.js";
import { kubectl } from "../machine/kubectl.js";
import { sh } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** A taint of a node, such as `node-role.kubernetes.io/control-plane:NoSchedule`. */
export interface Taint {
  readonly key: string;
  readonly effect: string;
}

/** Gives the node of a working master the labels and taints with which kubeadm join marks it. */
export interface MarkControlPlaneChange extends BaseChange {
  readonly kind: "mark-control-plane";
  readonly node: string;
  /** The names of the labels, which have no value. */
  readonly labels: readonly string[];
  readonly taints: readonly Taint[];
}

interface Before {
  /** The labels and taints that it did not have. */
  readonly labels: readonly string[];
  readonly taints: readonly Taint[];
}

const taintName = ({ key, effect }: Taint): string => `${key}:${effect}`;

/** Marks the node of a working master as control plane. */
export const markControlPlaneKind: ChangeKind<MarkControlPlaneChange, Before> = {
  kind: "mark-control-plane",
  mark: "~",
  describe: ({ node }) =>
    `node ${node}: set the control-plane labels and taints, which a working master lacks`,
  diff: ({ labels, taints }) =>
    [
      ...labels.map((name) => `+ label ${name}`),
      ...taints.map((taint) => `+ taint ${taintName(taint)}`),
    ].join("\n"),
  async apply({ node, labels, taints }, { fleet: { firstMaster } }) {
    const set = labels.map((name) => `${name}=`);
    await firstMaster.run(
      sh`${kubectl(firstMaster, ["label", "--overwrite", "node", node, ...set])} >/dev/null`,
    );
    if (taints.length === 0) return;
    const tainted = taints.map(({ key, effect }) => `${key}=:${effect}`);
    await firstMaster.run(
      sh`${kubectl(firstMaster, ["taint", "--overwrite", "node", node, ...tainted])} >/dev/null`,
    );
  },
  undo: {
    target: ({ node }) => `labels of node ${node}`,
    async before({ node, labels, taints }, { fleet }) {
      const found = await nodeOf(fleet.firstMaster, node);
      const own = found?.metadata.labels ?? {};
      const ownTaints = (found?.spec?.taints ?? []).map(taintName);
      return {
        labels: labels.filter((name) => !(name in own)),
        taints: taints.filter((taint) => !ownTaints.includes(taintName(taint))),
      };
    },
    describe: ({ node }) => `node ${node}: remove the control-plane labels and taints that it did not have`,
    async undo({ node }, { labels, taints }, { fleet: { firstMaster } }) {
      if ((await nodeOf(firstMaster, node)) === undefined) return;
      const unset = labels.map((name) => `${name}-`);
      if (unset.length > 0)
        await firstMaster.run(sh`${kubectl(firstMaster, ["label", "node", node, ...unset])} >/dev/null`);
      for (const taint of taints)
        await firstMaster.run(
          sh`${kubectl(firstMaster, ["taint", "node", node, `${taintName(taint)}-`])} >/dev/null 2>&1 || true`,
        );
    },
  },
};

function nodeOf(master: ReadOnlyHost, name: string): Promise<Node | undefined> {
  return apiGetFrom<Node>(master, `/api/v1/nodes/${name}`);
}

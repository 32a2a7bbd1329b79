import { apiGetFrom } from "../cluster/api.js";
import type { ControlPlaneMarks, Node } from "../cluster/kubernetes.js";
import type { ReadOnlyHost } from "../machine/host.js";
import { kubectl } from "../machine/kubectl.js";
import { sh } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** Gives the node of a working master the labels and taints with which kubeadm join marks it. */
export interface MarkControlPlaneChange extends BaseChange, ControlPlaneMarks {
  readonly kind: "mark-control-plane";
  readonly node: string;
}

const taintName = ({ key, effect }: ControlPlaneMarks["taints"][number]): string => `${key}:${effect}`;

/** Marks the node of a working master as control plane; the state before it are the marks that it did not have. */
export const markControlPlaneKind: ChangeKind<MarkControlPlaneChange, ControlPlaneMarks> = {
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

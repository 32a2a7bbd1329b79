import { masterStates } from "../../../cluster/masters.js";
import { query, type Query } from "../../../machine/query.js";
import { sh } from "../../../shell/shell.js";
import { askEquipped, type Answers } from "../answers.js";
import { blocker, type PreflightCheck } from "../check.js";

/** Whether a directory has files. */
function hasFiles(folder: string): Query<boolean> {
  return query(sh`ls ${`${folder}/`} 2>/dev/null || true`, (out) => out.trim() !== "");
}

/** New masters have the operator's kubeadm patches, if the inventory names a directory of them. */
export const patches: PreflightCheck<Answers<boolean>> = {
  id: "patches",
  probe: async (fleet) => {
    const folder = fleet.inventory.kubeadm.patches;
    if (folder === undefined) return { found: new Map(), failures: [] };
    const states = await masterStates(fleet);
    const waiting = states.filter(({ node }) => node === null).map(({ name }) => fleet.host(name));
    return askEquipped(fleet, waiting, (host) => host.ask(hasFiles(folder)));
  },
  problems: ({ found, failures }, { kubeadm }) => [
    ...failures,
    ...[...found]
      .filter(([, exist]) => !exist)
      .map(([name]) =>
        blocker(
          name,
          `${kubeadm.patches ?? ""} (kubeadm.patches) is missing or empty, so the control plane of ${name} would be created without your patches`,
          `copy the directory to ${name}, or remove kubeadm.patches from the inventory`,
        ),
      ),
  ],
};

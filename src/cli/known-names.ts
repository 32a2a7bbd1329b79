import { loadInventory } from "../inventory/load.js";
import { members } from "../inventory/targets.js";
import { OPERATOR } from "../machine/fleet.js";
import type { Names } from "./complete.js";
import { stepsInOrder } from "./session.js";

/** The names in the operator's files; none if a file cannot be read, because a completion shows no errors. */
export const knownNames: Names = {
  async steps(playbook) {
    const steps = await stepsInOrder(playbook).catch(() => []);
    return steps.map(({ step: { id, title } }) => ({ value: id, what: title }));
  },
  async hosts(file) {
    const found = await loadInventory(file).catch(() => undefined);
    if (found === undefined) return [];
    const hosts = members(found.inventory).map(({ name, groups }) => ({
      value: name,
      what: groups.join(", "),
    }));
    return [...hosts, { value: OPERATOR, what: "this machine" }];
  },
};

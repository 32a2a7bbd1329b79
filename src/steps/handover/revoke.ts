import { leftovers } from "../../changes/revoke.js";
import { masterStates, pending } from "../../cluster/masters.js";
import { check, type Step } from "../step.js";
import { pendingWorkers, workerStates } from "../../cluster/workers.js";

interface Facts {
  readonly found: readonly string[];
  readonly joinsPending: boolean;
}

/** Revokes the credentials that the new masters and workers joined with. */
export const revoke: Step<Facts> = {
  id: "revoke",
  title: "Revoke the join tokens and the uploaded certificates",
  why: "Anyone who holds them could join a control-plane node, and no join needs them any more.",
  requires: [
    { steps: ["pki", "join", "join-workers"], why: "joins need the tokens and certificates that it revokes" },
  ],
  rollout: "together",
  on: "first-master",
  async probe(fleet) {
    const [found, states, workers] = await Promise.all([
      leftovers(fleet.firstMaster),
      masterStates(fleet),
      workerStates(fleet),
    ]);
    return { found, joinsPending: pending(states).length + pendingWorkers(workers).length > 0 };
  },
  plan: ({ found, joinsPending }, inventory) => ({
    changes:
      found.length > 0 || joinsPending
        ? [{ kind: "revoke", host: inventory.controlPlane[0]?.name ?? "" }]
        : [],
  }),
  async verify(fleet) {
    const found = await leftovers(fleet.firstMaster);
    return [
      check(
        fleet.firstMaster.name,
        "join tokens and uploaded certificates",
        "none",
        found.join(", ") || "none",
      ),
    ];
  },
};

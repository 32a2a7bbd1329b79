import type { Entry } from "../playbook/schema.js";
import { allSteps } from "./all.js";
import type { Step } from "./step.js";
import { confirmStep, pauseStep, waitStep } from "./user/holds.js";
import { runStep } from "./user/run.js";

/** Returns the step for a playbook entry. */
export function stepOf(entry: Entry): Step {
  switch (entry.kind) {
    case "step": {
      const step = allSteps.find(({ id }) => id === entry.id);
      if (step === undefined) throw new TypeError("unknown step in a validated playbook");
      return step;
    }
    case "run":
      return runStep(entry);
    case "wait":
      return waitStep(entry);
    case "confirm":
      return confirmStep(entry);
    case "pause":
      return pauseStep(entry);
  }
}

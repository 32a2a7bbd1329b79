import type { Entry } from "../playbook/schema.js";
import { allSteps } from "./all.js";
import type { Step } from "./step.js";
import { confirmStep, pauseStep, waitStep } from "./user/holds.js";
import { runStep } from "./user/run.js";

/** The step that an entry of a playbook stands for. */
export function stepOf(entry: Entry): Step {
  switch (entry.kind) {
    case "step": {
      const step = allSteps.find(({ id }) => id === entry.id);
      if (step === undefined)
        throw new TypeError("a playbook that passed its check names steps that there are");
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

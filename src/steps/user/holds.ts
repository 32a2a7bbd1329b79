import type { Entry, WaitEntry } from "../../playbook/schema.js";
import type { Hold, Step } from "../step.js";
import { checksOf } from "./checks.js";

/** Waits until a check passes; the check may fail again later. */
export function waitStep(entry: WaitEntry): Step {
  const { id, on, timeout, every } = entry;
  return {
    ...holding(id, `Wait for ${id}`, { kind: "wait", everySeconds: every }),
    on,
    isMomentary: true,
    settleSeconds: timeout,
    verify: (fleet) => checksOf(entry, fleet),
  };
}

/** Waits for the operator's confirmation. */
export function confirmStep({ id, confirm: question }: Extract<Entry, { kind: "confirm" }>): Step {
  return holding(id, `Ask: ${question}`, { kind: "confirm", question });
}

/** Waits for some time. */
export function pauseStep({ id, pause: seconds }: Extract<Entry, { kind: "pause" }>): Step {
  return holding(id, `Pause for ${seconds} s`, { kind: "pause", seconds });
}

function holding(id: string, title: string, hold: Hold): Step {
  return {
    id,
    title,
    why: "The playbook pauses the run here; nothing is changed.",
    rollout: "together",
    hold,
    probe: () => Promise.resolve(null),
    plan: () => ({ changes: [] }),
  };
}

import type { Change } from "../../changes/change.js";
import { CommandFailed } from "../../machine/query.js";
import type { RunEntry } from "../../playbook/schema.js";
import type { Problem, Step } from "../step.js";
import { answers, checksOf, type Answer } from "./checks.js";
import { environment } from "./environment.js";

/** A playbook's own step: its check probes and verifies, its script makes the change. */
export function runStep(entry: RunEntry): Step<readonly Answer[]> {
  const { id, on, alone } = entry;
  return {
    id,
    title: `Run ${id}`,
    why: `Custom step of the playbook, on ${on.join(", ")}.`,
    rollout: "together",
    on,
    probe: (fleet) => answers(entry, fleet),
    plan: (found, inventory) => ({
      changes: found.flatMap(({ host, verdict }): Change[] => {
        if (verdict instanceof CommandFailed || verdict.holds) return [];
        const { apply, undo, timeout: timeoutSeconds } = entry;
        const env = environment(entry.env, host, inventory);
        const script = { host, name: id, apply, env, timeoutSeconds };
        return [undo === undefined ? { kind: "lasting-run", ...script } : { kind: "run", ...script, undo }];
      }),
      problems: found.flatMap(({ host, verdict }) =>
        verdict instanceof CommandFailed ? [cannotRun(id, host, verdict)] : [],
      ),
    }),
    verify: (fleet) => checksOf(entry, fleet),
    ...(!alone && { onlyBesideOthers: true, isMomentary: true }),
  };
}

function cannotRun(id: string, host: string, { message }: CommandFailed): Problem {
  return {
    severity: "blocker",
    host,
    what: `the check of ${id} has no result: ${message}`,
    fix: "fix it in the playbook: exit code 0 means that the condition is true, 1 to 125 that it is not, 126 and above that the command did not run",
  };
}

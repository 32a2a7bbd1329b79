import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { asBlocker, type Problem, type Step } from "../step.js";
import { allChecks } from "./all-checks.js";
import { equipped } from "./answers.js";
import type { PreflightCheck } from "./check.js";

/** What a check found, or why it could not inspect it; neither if the reason is a missing tool, which check `tools` reports. */
export interface Outcome {
  readonly found?: unknown;
  readonly failure?: Problem;
}

/** Check → its outcome. */
type Facts = ReadonlyMap<string, Outcome>;

/** @throws any error that is not a Failure, because it is a bug */
async function outcome(check: PreflightCheck, fleet: ReadOnlyFleet): Promise<Outcome> {
  try {
    return { found: await check.probe(fleet) };
  } catch (error) {
    const failure = asBlocker(error);
    const where = fleet.hosts().filter(({ name }) => name === failure.host);
    const isReported = where.length > 0 && (await equipped(fleet, where)).length === 0;
    return isReported ? {} : { failure };
  }
}

/** Checks that need the same query fail with the same message, which is reported once. */
function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

/** Reports everything that would make a migration fail, at once and before it starts. */
export const preflight: Step<Facts> = {
  id: "preflight",
  title: "Run preflight checks on all machines, the cluster and the network",
  why: "All blockers are reported at once before anything is changed, so that the migration does not fail halfway.",
  mandatory: "it reports all blockers before anything is changed",
  precedesBackup: true,
  rollout: "together",
  isGate: true,
  probe: async (fleet) => {
    const outcomes = new Map<string, Promise<Outcome>>();
    const started = (check: PreflightCheck): Promise<Outcome> => {
      const before = allChecks.filter(({ id }) => check.after?.includes(id));
      const own =
        outcomes.get(check.id) ?? Promise.all(before.map(started)).then(() => outcome(check, fleet));
      outcomes.set(check.id, own);
      return own;
    };
    return new Map(
      await Promise.all(allChecks.map(async (check) => [check.id, await started(check)] as const)),
    );
  },
  plan: (outcomes, inventory) => ({
    changes: [],
    problems: distinct(
      allChecks.flatMap((check) => {
        const { found, failure } = outcomes.get(check.id) ?? {};
        if (failure !== undefined) return [failure];
        return found === undefined ? [] : check.problems(found, inventory);
      }),
    ),
  }),
};

import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { CommandFailed } from "../../machine/query.js";
import { userCheck, type Environment, type Verdict } from "../../machine/user-script.js";
import { presentHosts } from "../host-selector.js";
import type { Check } from "../step.js";
import { environment } from "./environment.js";

/** The fields of a playbook entry with a check. */
interface Asking {
  readonly id: string;
  readonly on: readonly string[];
  readonly check: string;
  readonly env: Environment;
}

/** The result of an entry's check on a host, or why there is none. */
export interface Answer {
  readonly host: string;
  readonly verdict: Verdict | CommandFailed;
}

/** Runs an entry's check on each of its hosts. */
export async function answers({ on, check, env }: Asking, fleet: ReadOnlyFleet): Promise<Answer[]> {
  const { inventory } = fleet;
  const asked = presentHosts(fleet, on).map(async (host): Promise<Answer> => {
    const verdict = fleet.host(host).ask(userCheck(check, environment(env, host, inventory)));
    return { host, verdict: await verdict.catch(asAnswer) };
  });
  return Promise.all(asked);
}

function asAnswer(error: unknown): CommandFailed {
  if (error instanceof CommandFailed) return error;
  throw error;
}

/** {@link answers}, as the result of a step's `verify`. */
export async function checksOf(entry: Asking, fleet: ReadOnlyFleet): Promise<Check[]> {
  return (await answers(entry, fleet)).map(({ host, verdict }) => {
    const failed = verdict instanceof CommandFailed;
    return {
      host,
      what: `check of ${entry.id}`,
      expected: "exit code 0",
      actual: failed ? verdict.message : verdict.said,
      ok: !failed && verdict.holds,
    };
  });
}

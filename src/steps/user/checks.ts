import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { CommandFailed } from "../../machine/query.js";
import { userCheck, type Environment, type Verdict } from "../../machine/user-script.js";
import { selectedHosts } from "../host-selector.js";
import type { Check } from "../step.js";
import { environment } from "./environment.js";

/** What an entry of a playbook that asks its hosts something says. */
interface Asking {
  readonly id: string;
  readonly on: readonly string[];
  readonly check: string;
  readonly env: Environment;
}

/** A host's answer to an entry's check, or why there is none. */
export interface Answer {
  readonly host: string;
  readonly verdict: Verdict | CommandFailed;
}

/** Asks every host that an entry is about. */
export async function answers({ on, check, env }: Asking, fleet: ReadOnlyFleet): Promise<Answer[]> {
  const { inventory } = fleet;
  const asked = selectedHosts(inventory, on).map(async (host): Promise<Answer> => {
    const verdict = fleet.host(host).ask(userCheck(check, environment(env, host, inventory)));
    return { host, verdict: await verdict.catch(asAnswer) };
  });
  return Promise.all(asked);
}

function asAnswer(error: unknown): CommandFailed {
  if (error instanceof CommandFailed) return error;
  throw error;
}

/** The same as proofs. */
export async function proofs(entry: Asking, fleet: ReadOnlyFleet): Promise<Check[]> {
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

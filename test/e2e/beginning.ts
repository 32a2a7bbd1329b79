import { beforeAll } from "vitest";
import { Lab } from "../lab/lab.js";
import { uids } from "./cluster.js";
import { Program } from "./k8s-ha.js";
import { stateOf } from "./state.js";

/** A freshly started scenario, a program to migrate it, and the state that a rollback must restore. */
export interface Beginning {
  readonly program: Program;
  /** The UIDs of the users' objects in the cluster. */
  readonly objects: string;
  /**
   * The state per host and of the cluster; see `stateOf`. A test that changes the scenario before the migration records
   * it again.
   */
  state: Readonly<Record<string, string>>;
}

/** Starts a scenario in its initial state; `edits` are set in its inventory, see `Program.make`. */
export async function beginAt(
  lab: Lab,
  scenario: string,
  edits: Readonly<Record<string, unknown>> = {},
): Promise<Beginning> {
  await lab.fresh({ scenario });
  const program = await Program.make(lab, edits);
  return { program, objects: await uids(lab), state: await stateOf(lab) };
}

/**
 * Starts a scenario before the tests of the calling suite, see {@link beginAt}. `start` returns it; it throws before
 * that, so only tests and later hooks can call it.
 */
export function useScenario(
  scenario: string,
  edits: Readonly<Record<string, unknown>> = {},
): { readonly lab: Lab; readonly start: () => Beginning } {
  const lab = new Lab();
  let beginning: Beginning | undefined;
  beforeAll(async () => {
    beginning = await beginAt(lab, scenario, edits);
  });
  return {
    lab,
    start: () => {
      if (beginning === undefined) throw new Error(`the scenario ${scenario} is not up yet`);
      return beginning;
    },
  };
}

import { beforeAll, expect, it } from "vitest";
import { Lab } from "../lab/lab.js";
import { expectNothingToDo, expectToServeWithout, uids } from "./cluster.js";
import { Program } from "./k8s-ha.js";
import { stateOf } from "./state.js";

/** A scenario as it was made, with a program to migrate it, and what a rollback must lead back to. */
export interface Beginning {
  readonly program: Program;
  /** The UIDs of what users have in the cluster. */
  readonly objects: string;
  /** By host, and of the cluster; see `stateOf`. A test that changes the scenario before the migration records it again. */
  state: Readonly<Record<string, string>>;
}

/** Brings a scenario up as it was made; `edits` are set in its inventory, see `Program.make`. */
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
 * Brings a scenario up before the tests of the calling suite, see {@link beginAt}. `start` returns it; it throws before
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

/** A rollback ends well, and every host of the state and the cluster are as they were, byte for byte; what it said. */
export async function expectToGoBack(lab: Lab, { program, state }: Beginning): Promise<string> {
  const { stdout, stderr, exitCode } = await program.run("rollback", "--yes");
  expect(`${exitCode} ${stderr} ${stdout}`).toMatch(/^0 /);
  expect(await stateOf(lab)).toMatchObject(state);
  return stdout;
}

/** The tests of what every migration must leave: nothing more to change, no need of the first master, a way back. */
export function itLeavesWhatEveryMigrationDoes(lab: Lab, endpoint: string, start: () => Beginning): void {
  it("finds nothing to change the second time, and every check good", async () => {
    await expectNothingToDo(start().program);
  });

  it("serves without the first master", async () => {
    await expectToServeWithout(lab, "master1", endpoint);
  });

  it("goes back, byte for byte", async () => {
    await expectToGoBack(lab, start());
  });
}

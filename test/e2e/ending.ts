import { expect, it } from "vitest";
import type { Lab } from "../lab/lab.js";
import type { Beginning } from "./beginning.js";
import { expectNothingToDo, expectToServeWithout } from "./cluster.js";
import { stateOf } from "./state.js";

/** A rollback ends well, and every host of the state and the cluster are as they were, byte for byte; what it said. */
export async function expectToGoBack(lab: Lab, { program, state }: Beginning): Promise<string> {
  const { stdout, stderr, exitCode } = await program.run("rollback", "--yes");
  expect(`${exitCode} ${stderr} ${stdout}`).toMatch(/^0 /);
  expect(await stateOf(lab)).toMatchObject(state);
  return stdout;
}

/** The test that a second run changes nothing, and that every check is good. */
export function itFindsNothingToChange(start: () => Beginning): void {
  it("finds nothing to change the second time, and every check good", async () => {
    await expectNothingToDo(start().program);
  });
}

/** The test that the endpoint serves while the first master is switched off. */
export function itServesWithoutFirstMaster(lab: Lab, endpoint: string): void {
  it("serves without the first master", async () => {
    await expectToServeWithout(lab, "master1", endpoint);
  });
}

/** The test of a rollback; see {@link expectToGoBack}. */
export function itGoesBack(lab: Lab, start: () => Beginning): void {
  it("goes back, byte for byte", async () => {
    await expectToGoBack(lab, start());
  });
}

/** The tests of what every migration must leave: nothing more to change, no need of the first master, a way back. */
export function itLeavesWhatEveryMigrationDoes(lab: Lab, endpoint: string, start: () => Beginning): void {
  itFindsNothingToChange(start);
  itServesWithoutFirstMaster(lab, endpoint);
  itGoesBack(lab, start);
}

import { expect, it } from "vitest";
import type { Lab } from "../lab/lab.js";
import type { Beginning } from "./beginning.js";
import { expectNothingToDo, expectToServeWithout } from "./cluster.js";
import { stateOf } from "./state.js";

/**
 * Expects a rollback to succeed and to restore every host of the state and the cluster byte for byte; returns its
 * output.
 */
export async function expectRollback(lab: Lab, { program, state }: Beginning): Promise<string> {
  const { stdout, stderr, exitCode } = await program.run("rollback", "--yes");
  expect(`${exitCode} ${stderr} ${stdout}`).toMatch(/^0 /);
  expect(await stateOf(lab)).toMatchObject(state);
  return stdout;
}

/** Tests that a second run changes nothing and that every check passes. */
export function itFindsNothingToChange(start: () => Beginning): void {
  it("changes nothing in a second run, and every check passes", async () => {
    await expectNothingToDo(start().program);
  });
}

/** Tests that the endpoint serves while the first master is switched off. */
export function itServesWithoutFirstMaster(lab: Lab, endpoint: string): void {
  it("serves without the first master", async () => {
    await expectToServeWithout(lab, "master1", endpoint);
  });
}

/** Tests a rollback; see {@link expectRollback}. */
export function itRollsBack(lab: Lab, start: () => Beginning): void {
  it("rolls back, byte for byte", async () => {
    await expectRollback(lab, start());
  });
}

/**
 * The tests that every migration must pass: a second run changes nothing, the endpoint serves without the first master,
 * a rollback restores the state.
 */
export function itPassesFinalChecks(lab: Lab, endpoint: string, start: () => Beginning): void {
  itFindsNothingToChange(start);
  itServesWithoutFirstMaster(lab, endpoint);
  itRollsBack(lab, start);
}

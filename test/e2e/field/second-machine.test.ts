import { copyFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import { expectHighlyAvailable, expectNothingToDo } from "../cluster.js";
import { expectRollback } from "../ending.js";
import { Program } from "../k8s-ha.js";

/** The machine that started a run is lost; others go on with the journal's copies on the masters. */
describe("another operator's machine", () => {
  const { lab, start } = useScenario("default");

  /** A machine with the same inventory and no journals. */
  async function another(): Promise<Program> {
    const program = await Program.make(lab);
    copyFileSync(start().program.inventory, program.inventory);
    return program;
  }

  it("rolls back a run that was killed", async () => {
    await start().program.runUntil('"type":"change-started","step":"haproxy"', "migrate", "--yes");
    await expectRollback(lab, { ...start(), program: await another() });
  });

  it("resumes a run that was killed in a join, and a third one rolls it back", async () => {
    await start().program.runUntil('"type":"change-started","step":"join"', "migrate", "--yes");
    const second = await another();
    const { stderr, exitCode } = await second.run("migrate", "--resume", "--yes");
    expect(`${exitCode} ${stderr}`).toMatch(/^0 /);
    await expectHighlyAvailable(lab, "10.88.0.100");
    await expectNothingToDo(second);
    await expectRollback(lab, { ...start(), program: await another() });
  });
});

import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { LabError } from "./errors.js";
import type { LabIdentity } from "./identity.js";
import { loadScenario, parseScenario, type Scenario } from "./scenario.js";

const stateSchema = z.object({
  /** As `up` was told. */
  scenario: z.string(),
  kubeBin: z.string().optional(),
  /** Where this scenario's snapshots lie on the disk. */
  snapshots: z.string(),
  /** The scenario's text, so that a lab goes on as it was begun. */
  text: z.string(),
});

/** What the lab is at the moment; recorded only once it is all there. */
export type LabState = z.infer<typeof stateSchema>;

const stateFile = (lab: LabIdentity) => join(lab.runFolder, "state.json");

/** The lab's state, or nothing when it is down or a change of it was not completed. */
export function readState(lab: LabIdentity): LabState | undefined {
  if (!existsSync(stateFile(lab))) return undefined;
  const checked = stateSchema.safeParse(JSON.parse(readFileSync(stateFile(lab), "utf8")));
  return checked.success ? checked.data : undefined;
}

export function writeState(lab: LabIdentity, state: LabState): void {
  writeFileSync(`${stateFile(lab)}.part`, JSON.stringify(state));
  renameSync(`${stateFile(lab)}.part`, stateFile(lab));
}

export function removeState(lab: LabIdentity): void {
  rmSync(stateFile(lab), { force: true });
}

/** The scenario of the running lab. */
export function currentScenario(lab: LabIdentity): { state: LabState; scenario: Scenario } {
  const state = readState(lab);
  if (!state) throw new LabError("The lab is not up; `npm run lab -- up` brings it up.");
  return { state, scenario: parseScenario(state.text, state.scenario) };
}

/** A scenario's text and the name of its folder of snapshots. */
export function scenarioText(nameOrFile: string): { id: string; text: string; scenario: Scenario } {
  const { id, scenario } = loadScenario(nameOrFile);
  return { id, scenario, text: JSON.stringify(scenario) };
}

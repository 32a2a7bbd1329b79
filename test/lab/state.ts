import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LabError } from "./errors.js";
import type { LabIdentity } from "./identity.js";
import type { Scenario } from "./scenario.js";
import type { Release } from "./versions.js";

/** What the lab is at the moment; recorded only once it is all there. */
export interface LabState {
  /** As `up` was told. */
  readonly scenario: string;
  readonly release: Release;
  /** Where this scenario's snapshots lie on the disk. */
  readonly snapshots: string;
  /** The (checked) scenario as JSON, so that a lab goes on as it was begun. */
  readonly text: string;
  /** When the hosts were booted as the scenario was made, for as long as nobody has reached one of them since. */
  readonly untouchedSince?: string;
}

const stateFile = (lab: LabIdentity) => join(lab.runFolder, "state.json");

/** The lab's state, or nothing when it is down or a change of it was not completed. */
export function readState(lab: LabIdentity): LabState | undefined {
  return existsSync(stateFile(lab))
    ? (JSON.parse(readFileSync(stateFile(lab), "utf8")) as LabState)
    : undefined;
}

/** Records the state, all of it or nothing. */
export function writeState(lab: LabIdentity, state: LabState): void {
  writeFileSync(`${stateFile(lab)}.part`, JSON.stringify(state));
  renameSync(`${stateFile(lab)}.part`, stateFile(lab));
}

/** From here on the lab counts as incomplete, until its state is written again. */
export function removeState(lab: LabIdentity): void {
  rmSync(stateFile(lab), { force: true });
}

/** The scenario of the running lab. */
export function currentScenario(lab: LabIdentity): { state: LabState; scenario: Scenario } {
  const state = readState(lab);
  if (!state) throw new LabError("The lab is not up; `npm run lab -- up` brings it up.");
  return { state, scenario: JSON.parse(state.text) as Scenario };
}

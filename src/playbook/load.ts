import { parseChecked } from "../config-source/parse-checked.js";
import { readText } from "../config-source/read-text.js";
import { playbookSchema, type Playbook } from "./schema.js";

/**
 * Checks a playbook's text.
 * @param knownSteps every step id there is
 * @throws InvalidFile with every problem as `file:line:column: what`
 */
export function parsePlaybook(text: string, fileName: string, knownSteps: readonly string[]): Playbook {
  const hint = "`k8s-ha steps` lists every step and what it is for";
  return parseChecked(text, fileName, playbookSchema(knownSteps), hint);
}

/**
 * Reads and checks a playbook file.
 * @throws InvalidFile when it cannot be read or is wrong
 */
export async function loadPlaybook(path: string, knownSteps: readonly string[]): Promise<Playbook> {
  return parsePlaybook(await readText(path), path, knownSteps);
}

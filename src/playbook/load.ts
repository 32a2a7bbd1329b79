import { parseChecked } from "../config-source/parse-checked.js";
import { readText } from "../config-source/read-text.js";
import type { StepRules } from "./rules.js";
import { playbookSchema, type Playbook } from "./schema.js";

/**
 * Parses and validates a playbook's text.
 * @param hosts the inventory's host names, if there is an inventory to check names against
 * @throws InvalidFile with every problem as `file:line:column: what`
 */
export function parsePlaybook(
  text: string,
  fileName: string,
  rules: StepRules,
  hosts?: readonly string[],
): Playbook {
  const hint = "docs/playbook.md explains every key; `k8s-ha steps` lists every step and its purpose";
  return parseChecked(text, fileName, playbookSchema(rules, hosts), hint);
}

/**
 * Reads and validates a playbook file.
 * @throws InvalidFile if it cannot be read or is invalid
 */
export async function loadPlaybook(
  path: string,
  rules: StepRules,
  hosts?: readonly string[],
): Promise<Playbook> {
  return parsePlaybook(await readText(path), path, rules, hosts);
}

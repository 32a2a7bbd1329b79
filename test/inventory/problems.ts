import { InvalidFile } from "../../src/config-source/invalid-file.js";
import { parseInventory } from "../../src/inventory/load.js";

/** The problems of an inventory, one line each. */
export function problems(text: string): string[] {
  try {
    parseInventory(text, "inventory.yaml");
  } catch (error) {
    if (error instanceof InvalidFile) return error.message.split("\n");
    throw error;
  }
  return [];
}

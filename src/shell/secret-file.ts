import { readFile } from "node:fs/promises";
import { Failure } from "../failure.js";
import { Secret } from "./secret.js";

/**
 * The first line of a file that contains a secret.
 * @throws Failure if the file cannot be read or its first line is empty.
 */
export async function firstLineOfSecretFile(path: string): Promise<Secret> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new Failure(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  const line = text.split(/\r?\n/, 1)[0] ?? "";
  if (line === "") throw new Failure(`the first line of ${path} is empty`);
  return new Secret(line);
}

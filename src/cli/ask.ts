import { once } from "node:events";
import { createInterface, type Interface } from "node:readline/promises";
import { Writable } from "node:stream";
import { Failure } from "../failure.js";
import { Secret } from "../shell/secret.js";

/** Asks a yes-or-no question on the terminal; anything but `yes` is no, Ctrl-C and the end of input too. */
export async function confirm(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const typed = await answer(lines, `${question} Type 'yes' to continue: `);
  if (typed === undefined) process.stderr.write("\n");
  return typed?.trim() === "yes";
}

/**
 * Asks for a secret on the terminal without showing what is typed.
 * @throws Failure where there is no terminal to ask on, and where Ctrl-C or the end of input was the answer.
 */
export async function askSecret(question: string, flag: string): Promise<Secret> {
  if (!process.stdin.isTTY)
    throw new Failure(`${question} is required, and there is no terminal to prompt on`, { hint: flag });
  process.stderr.write(`${question}: `);
  const silent = new Writable({
    write(_chunk, _encoding, done) {
      done();
    },
  });
  const typed = await answer(createInterface({ input: process.stdin, output: silent, terminal: true }), "");
  process.stderr.write("\n");
  if (typed === undefined) throw new Failure(`${question} is required, and none was entered`, { hint: flag });
  return new Secret(typed);
}

/** The line that is typed; none where Ctrl-C or the end of input comes first. */
async function answer(lines: Interface, prompt: string): Promise<string | undefined> {
  // A question whose terminal is gone is never answered.
  const closed = once(lines, "close").then(() => undefined);
  try {
    return await Promise.race([lines.question(prompt), closed]);
  } catch (error) {
    if ((error as Error).name === "AbortError") return undefined;
    throw error;
  } finally {
    lines.close();
  }
}

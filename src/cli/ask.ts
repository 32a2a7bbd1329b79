import { once } from "node:events";
import { createInterface, type Interface } from "node:readline/promises";
import { Writable } from "node:stream";
import { Failure } from "../failure.js";
import { Secret } from "../shell/secret.js";

/** Prompts on the terminal; everything except `yes` is no, including Ctrl-C and end of input. */
export async function confirm(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const typed = await answer(lines, `${question} Type 'yes' to continue: `);
  if (typed === undefined) process.stderr.write("\n");
  return typed?.trim() === "yes";
}

/**
 * Prompts for a secret on the terminal without echo.
 * @throws Failure if there is no terminal, or on Ctrl-C or end of input.
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

/**
 * Prompts for a line on the terminal until it is valid.
 * @param parse its error is shown, and the question is repeated
 * @throws Failure on Ctrl-C or end of input
 */
export async function askLine<T>(question: string, parse: (line: string) => Promise<T> | T): Promise<T> {
  for (;;) {
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    const typed = await answer(lines, question);
    if (typed === undefined) throw new Failure("nothing was entered, so nothing was written");
    try {
      return await parse(typed.trim());
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      process.stderr.write(`${error.message}${error.hint === undefined ? "" : ` (${error.hint})`}\n`);
    }
  }
}

/** The entered line; `undefined` on Ctrl-C or end of input. */
async function answer(lines: Interface, prompt: string): Promise<string | undefined> {
  // A question on a closed terminal never resolves.
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

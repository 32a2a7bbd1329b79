import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { Failure } from "../failure.js";
import { Secret } from "../shell/secret.js";

/** Asks a yes-or-no question on the terminal; anything but `yes` is no, Ctrl-C and the end of input too. */
export async function confirm(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const closed = once(lines, "close").then(() => "");
  try {
    // A question whose terminal is gone is never answered.
    const answer = await Promise.race([lines.question(`${question} Type yes to go on: `), closed]);
    return answer.trim() === "yes";
  } finally {
    lines.close();
  }
}

/**
 * Asks for a secret on the terminal without showing what is typed.
 * @throws Failure where there is no terminal to ask on.
 */
export async function askSecret(question: string, flag: string): Promise<Secret> {
  if (!process.stdin.isTTY)
    throw new Failure(`${question} is needed, and there is no terminal to ask on`, { hint: flag });
  process.stderr.write(`${question}: `);
  const silent = new Writable({
    write(_chunk, _encoding, done) {
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return new Secret(await lines.question(""));
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}

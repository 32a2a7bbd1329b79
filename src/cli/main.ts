#!/usr/bin/env node
import { CommanderError } from "@commander-js/extra-typings";
import { quote } from "../shell/shell.js";
import { EXIT } from "./exit-codes.js";
import { outliveReaders } from "./output.js";
import { makeProgram } from "./program.js";

/** Runs the command line. A function, because the single executable has no `await` outside of one. */
async function main(): Promise<void> {
  outliveReaders();
  let ended = false;
  // Node ends a program that waits for nothing any more, without an error.
  process.on("exit", () => {
    if (!ended) process.exitCode ??= EXIT.failed;
  });
  try {
    await makeProgram().parseAsync();
  } catch (error) {
    process.exitCode = await codeOf(error);
  }
  ended = true;
}

/** Prints an error, unless commander has printed it; returns the exit code. */
async function codeOf(error: unknown): Promise<number> {
  // `--help` ends with such an error too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const { reportError } = await import("./failures.js");
  const rest = process.argv.slice(2).filter((word) => word !== "--resume");
  // A rollback always continues an interrupted one.
  const resume = rest[0] === "rollback" ? [] : ["--resume"];
  return reportError(error, ["k8s-ha", ...rest, ...resume].map(quote).join(" "));
}

void main();

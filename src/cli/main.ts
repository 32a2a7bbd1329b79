#!/usr/bin/env node
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
    const { reportError } = await import("./failures.js");
    const rest = process.argv.slice(2).filter((word) => word !== "--resume");
    // A rollback always continues an interrupted one.
    const resume = rest[0] === "rollback" ? [] : ["--resume"];
    process.exitCode = reportError(error, ["k8s-ha", ...rest, ...resume].map(quote).join(" "));
  }
  ended = true;
}

void main();

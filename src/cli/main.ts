#!/usr/bin/env node
import { quote } from "../shell/shell.js";
import { outliveReaders } from "./output.js";
import { makeProgram } from "./program.js";

outliveReaders();

try {
  await makeProgram().parseAsync();
} catch (error) {
  const { reportError } = await import("./failures.js");
  const rest = process.argv.slice(2).filter((word) => word !== "--resume");
  // A rollback always continues an interrupted one.
  const resume = rest[0] === "rollback" ? [] : ["--resume"];
  process.exitCode = reportError(error, ["k8s-ha", ...rest, ...resume].map(quote).join(" "));
}

#!/usr/bin/env node
import { Command } from "@commander-js/extra-typings";
import { quote } from "../shell/shell.js";
import { addInit } from "./init.js";
import { addInventory } from "./inventory.js";
import { addMigrate } from "./migrate.js";
import { outliveReaders } from "./output.js";
import { addRollback } from "./rollback.js";
import { addSchema } from "./schema.js";
import { addStatus } from "./status.js";
import { addSteps } from "./steps.js";
import { addVerify } from "./verify.js";
import { version } from "./version.js";

outliveReaders();
const program = new Command()
  .name("k8s-ha")
  .description(
    "Convert a running single-control-plane kubeadm cluster to high availability over SSH, in place.",
  )
  .version(version)
  .exitOverride()
  .showHelpAfterError("(run with --help for usage)");
addInit(program);
addInventory(program);
addMigrate(program);
addRollback(program);
addVerify(program);
addStatus(program);
addSteps(program);
addSchema(program);

try {
  await program.parseAsync();
} catch (error) {
  const { reportError } = await import("./failures.js");
  const rest = process.argv.slice(2).filter((word) => word !== "--resume");
  // A rollback always continues an interrupted one.
  const resume = rest[0] === "rollback" ? [] : ["--resume"];
  process.exitCode = reportError(error, ["k8s-ha", ...rest, ...resume].map(quote).join(" "));
}

import { Command } from "@commander-js/extra-typings";
import { addCompletion } from "./completion.js";
import { addDoctor } from "./doctor.js";
import { addInit } from "./init.js";
import { addInventory } from "./inventory.js";
import { addMan } from "./man.js";
import { addMigrate } from "./migrate.js";
import { addRollback } from "./rollback.js";
import { addSchema } from "./schema.js";
import { addStatus } from "./status.js";
import { addSteps } from "./steps.js";
import { addVerify } from "./verify.js";
import { version } from "./version.js";

/** All commands and options. The command line is parsed and reported by main.ts. */
export function makeProgram(): Command {
  const program: Command = new Command()
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
  addDoctor(program);
  addSteps(program);
  addSchema(program);
  addCompletion(program);
  addMan(program);
  return program;
}

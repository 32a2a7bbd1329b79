import type { Command } from "@commander-js/extra-typings";
import { skipHost } from "./skip-host.js";
import { podProbe, writeProbe } from "./write-probe.js";

/** `k8s-ha rollback`. */
export function addRollback(program: Command): void {
  program
    .command("rollback")
    .description("undo all changes in reverse order, back to a single control-plane node")
    .requiredOption("-i, --inventory <file>", "the inventory file")
    .option("--dry-run", "show what would be undone; change nothing")
    .option("--force", "also undo changes that were modified outside k8s-ha since")
    .option("-y, --yes", "do not ask for confirmation")
    .addOption(skipHost())
    .addOption(writeProbe())
    .addOption(podProbe())
    .option("--json", "events as lines of JSON on standard output")
    .action(async ({ inventory, skipHost: skipped, ...options }) => {
      const { loggedIn } = await import("./logins.js");
      const { runRollback } = await import("./run-rollback.js");
      process.exitCode = await loggedIn(inventory, skipped, async (logins) => {
        const { openSession } = await import("./session.js");
        return runRollback(await openSession(logins), options, logins.interrupt);
      });
    });
}

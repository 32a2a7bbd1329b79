import type { Command } from "@commander-js/extra-typings";
import { loggedIn } from "./logins.js";
import { writeProbe } from "./write-probe.js";

/** `k8s-ha rollback`. */
export function addRollback(program: Command): void {
  program
    .command("rollback")
    .description("take back what migrate changed, last things first, to the one master that there was")
    .requiredOption("-i, --inventory <file>", "the inventory")
    .option("--dry-run", "show what would be taken back, change nothing")
    .option("--force", "take back also what somebody else changed since")
    .option("-y, --yes", "do not ask before changing")
    .addOption(writeProbe())
    .option("--json", "events as lines of JSON on standard output")
    .action(async ({ inventory, ...options }) => {
      const { journalFolder } = await import("../engine/journal.js");
      const { requireReceipts, takeBack } = await import("./take-back.js");
      const folder = journalFolder(inventory);
      requireReceipts(folder);
      process.exitCode = await loggedIn(inventory, async (logins) => {
        const { openSession } = await import("./session.js");
        return takeBack(await openSession(logins), folder, options, logins.interrupt);
      });
    });
}

import type { Command } from "@commander-js/extra-typings";
import { checksText } from "../report/run-text.js";
import { EXIT } from "./exit-codes.js";
import { openSession } from "./session.js";

/** `k8s-ha verify`. */
export function addVerify(program: Command): void {
  program
    .command("verify")
    .description("prove every step on the hosts and on the wire; changes nothing")
    .requiredOption("-i, --inventory <file>", "the inventory")
    .option("--playbook <file>", "the steps and their order (default: the one that comes with k8s-ha)")
    .option("--json", "the checks as JSON on standard output")
    .action(async (options) => {
      const session = await openSession(options);
      try {
        const look = session.fleet.look();
        const checks = (
          await Promise.all(session.steps.map(async ({ step }) => step.verify?.(look) ?? []))
        ).flat();
        const bad = checks.filter(({ ok }) => !ok).length;
        process.stdout.write(
          options.json
            ? `${JSON.stringify(checks)}\n`
            : `${checksText(checks)}\n${checks.length - bad} of ${checks.length} checks good\n`,
        );
        process.exitCode = bad === 0 ? EXIT.done : EXIT.failed;
      } finally {
        await session.close();
      }
    });
}

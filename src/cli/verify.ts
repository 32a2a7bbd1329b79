import type { Command } from "@commander-js/extra-typings";
import { EXIT } from "./exit-codes.js";
import { skipHost } from "./skip-host.js";
import { podProbe, writeProbe, writingOf } from "./write-probe.js";

/** `k8s-ha verify`. */
export function addVerify(program: Command): void {
  program
    .command("verify")
    .description(
      "check every step on the hosts and over the network, and use the cluster: write a ConfigMap, start a pod, remove both",
    )
    .requiredOption("-i, --inventory <file>", "the inventory file")
    .option("--playbook <file>", "a file with the steps and their order (default: the built-in playbook)")
    .addOption(skipHost())
    .addOption(writeProbe())
    .addOption(podProbe())
    .option("--json", "the checks as JSON on standard output")
    .action(async ({ inventory, playbook, json, skipHost: skipped, ...probes }) => {
      const { loggedIn } = await import("./logins.js");
      process.exitCode = await loggedIn(inventory, skipped, async (logins) => {
        const { checksText } = await import("../report/run-text.js");
        const { finalVerification } = await import("../engine/verification.js");
        const { kubeadmMigration } = await import("../migration/kubeadm-migration.js");
        const { openSession } = await import("./session.js");
        const { fleet, steps } = await openSession(logins, playbook);
        const look = fleet.look();
        const all = steps.map(({ step }) => step);
        const verified = finalVerification(all, (hosts) => kubeadmMigration.healthChecks(hosts)).verify?.(
          look,
        );
        verified?.catch(() => undefined);
        await kubeadmMigration.requireReady(look);
        const reading = (await verified) ?? [];
        const writing = reading.every(({ ok }) => ok)
          ? await kubeadmMigration.writingChecks(fleet, writingOf(probes), `verify-${Date.now()}`)
          : [];
        const checks = [...reading, ...writing];
        const bad = checks.filter(({ ok }) => !ok).length;
        process.stdout.write(
          json
            ? `${JSON.stringify(checks)}\n`
            : `${[checksText(checks), ...notChecked(skipped), `${checks.length - bad} of ${checks.length} checks passed`].join("\n")}\n`,
        );
        return bad === 0 ? EXIT.done : EXIT.failed;
      });
    });
}

function notChecked(skipped: readonly string[]): string[] {
  return skipped.length === 0 ? [] : [`not checked: ${skipped.join(", ")} (skipped by --skip-host)`];
}

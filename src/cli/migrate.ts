import { Option, type Command } from "@commander-js/extra-typings";
import type { SavedPlan } from "../report/plan-file.js";
import type { MigrationOptions } from "./migration.js";
import { skipHost } from "./skip-host.js";
import { podProbe, writeProbe } from "./write-probe.js";

const INVENTORY = "-i, --inventory <file>";

/** `k8s-ha migrate` and `k8s-ha plan`, which is `migrate --dry-run`. */
export function addMigrate(program: Command): void {
  program
    .command("plan")
    .description("show what migrate would change; changes nothing (same as migrate --dry-run)")
    .requiredOption(INVENTORY, "the inventory file")
    .addOption(playbook())
    .addOption(from())
    .addOption(until())
    .addOption(limit())
    .addOption(skipHost())
    .addOption(out())
    .addOption(allowUntriedVersion())
    .addOption(writeProbe())
    .addOption(podProbe())
    .addOption(json())
    .addOption(detailedExitcode())
    .action(async (options) => {
      await run({ ...options, dryRun: true });
    });

  program
    .command("migrate")
    .description("convert the cluster to high availability, step by step")
    .option(INVENTORY, "the inventory file (with --plan: the plan's own by default)")
    .addOption(playbook())
    .addOption(
      new Option("--plan <file>", "apply exactly this saved plan; refuse if hosts have drifted").conflicts([
        "playbook",
        "from",
        "until",
        "limit",
      ]),
    )
    .addOption(from())
    .addOption(until())
    .addOption(limit())
    .addOption(skipHost())
    .option("--dry-run", "show the plan with diffs; change nothing")
    .addOption(out())
    .option("--resume", "continue the run that stopped or failed")
    .option("--accept-changes", "with --resume: accept a changed inventory or playbook")
    .option("-y, --yes", "do not ask for confirmation")
    .addOption(
      new Option("--on-failure <action>", "when a step fails: stop, or roll back all changes")
        .choices(["stop", "rollback"] as const)
        .default("stop" as const),
    )
    .addOption(allowUntriedVersion())
    .addOption(writeProbe())
    .addOption(podProbe())
    .option("--step", "ask for confirmation before each step with changes")
    .addOption(json())
    .addOption(detailedExitcode())
    .action(async ({ inventory, ...options }, command) => {
      const saved = options.plan === undefined ? undefined : await read(options.plan);
      const path = inventory ?? saved?.files.inventory;
      if (path === undefined) return command.error(`error: required option '${INVENTORY}' not specified`);
      await run({ playbook: saved?.files.playbook, ...options, inventory: path }, saved);
    });
}

async function read(file: string): Promise<SavedPlan> {
  const { readPlan } = await import("../report/plan-file.js");
  return readPlan(file);
}

async function run(options: MigrationOptions, saved?: SavedPlan): Promise<void> {
  const skipped = [...new Set([...options.skipHost, ...(saved?.skipHosts ?? [])])];
  const { loggedIn } = await import("./logins.js");
  process.exitCode = await loggedIn(options.inventory, skipped, async (logins) => {
    const { migrate } = await import("./migration.js");
    return migrate(options, logins, saved);
  });
}

const playbook = () =>
  new Option(
    "--playbook <file>",
    "a file with the steps and their order; see docs/playbook.md (default: the built-in playbook)",
  );
const from = () => new Option("--from <step>", "start with this step; the steps before it must be complete");
const until = () => new Option("--until <step>", "end after this step");
const limit = () =>
  new Option("--limit <host,…>", "only make changes on these hosts; may be repeated")
    .argParser((value: string, former: string[]) => [...former, ...value.split(",")])
    .default([] as string[], "all");
const out = () => new Option("--out <file>", "save the plan, for migrate --plan");
const allowUntriedVersion = () =>
  new Option("--allow-untried-version", "allow a Kubernetes version newer than the newest tested");
const json = () => new Option("--json", "events as lines of JSON on standard output");
const detailedExitcode = () =>
  new Option("--detailed-exitcode", "with a plan: exit with code 3 if there are changes");

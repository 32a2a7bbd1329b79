import { Option, type Command } from "@commander-js/extra-typings";
import type { SavedPlan } from "../report/plan-file.js";
import { loggedIn } from "./logins.js";
import type { MigrationOptions } from "./migration.js";
import { writeProbe } from "./write-probe.js";

const INVENTORY = "-i, --inventory <file>";

/** `k8s-ha migrate` and `k8s-ha plan`, which is `migrate --dry-run`. */
export function addMigrate(program: Command): void {
  program
    .command("plan")
    .description("show what migrate would change, and change nothing (the same as migrate --dry-run)")
    .requiredOption(INVENTORY, "the inventory")
    .addOption(playbook())
    .addOption(from())
    .addOption(until())
    .addOption(limit())
    .addOption(out())
    .addOption(allowUntriedVersion())
    .addOption(writeProbe())
    .addOption(json())
    .addOption(detailedExitcode())
    .action(async (options) => {
      await run({ ...options, dryRun: true });
    });

  program
    .command("migrate")
    .description("take the cluster to several masters behind the endpoint, step by step")
    .option(INVENTORY, "the inventory; with --plan, the plan's own by default")
    .addOption(playbook())
    .addOption(
      new Option(
        "--plan <file>",
        "run exactly this plan, which --out saved; refuse when anything has drifted",
      ).conflicts(["playbook", "from", "until", "limit"]),
    )
    .addOption(from())
    .addOption(until())
    .addOption(limit())
    .option("--dry-run", "show the plan with its diffs, write nothing anywhere")
    .addOption(out())
    .option("--resume", "go on with the run that was stopped or failed")
    .option("--accept-changes", "with --resume: although inventory or playbook have changed since")
    .option("-y, --yes", "do not ask before changing")
    .addOption(
      new Option("--on-failure <what>", "when a step fails: stop there, or take everything back")
        .choices(["stop", "rollback"] as const)
        .default("stop" as const),
    )
    .addOption(allowUntriedVersion())
    .addOption(writeProbe())
    .option("--step", "ask before each step that changes something")
    .addOption(json())
    .addOption(detailedExitcode())
    .action(async ({ inventory, ...options }, command) => {
      const { readPlan } = await import("../report/plan-file.js");
      const saved = options.plan === undefined ? undefined : await readPlan(options.plan);
      const path = inventory ?? saved?.files.inventory;
      if (path === undefined) return command.error(`error: required option '${INVENTORY}' not specified`);
      await run({ playbook: saved?.files.playbook, ...options, inventory: path }, saved);
    });
}

async function run(options: MigrationOptions, saved?: SavedPlan): Promise<void> {
  process.exitCode = await loggedIn(options.inventory, async (logins) => {
    const { migrate } = await import("./migration.js");
    return migrate(options, logins, saved);
  });
}

const playbook = () =>
  new Option(
    "--playbook <file>",
    "the steps and their order, your own among them; see docs/playbook.md (default: the one that comes with k8s-ha)",
  );
const from = () => new Option("--from <step>", "begin with this step; those before it must be true already");
const until = () => new Option("--until <step>", "end after this step");
const limit = () =>
  new Option("--limit <host,…>", "make the changes of these hosts alone; may be said several times")
    .argParser((value: string, former: string[]) => [...former, ...value.split(",")])
    .default([] as string[], "all");
const out = () => new Option("--out <file>", "save the plan, for migrate --plan");
const allowUntriedVersion = () =>
  new Option("--allow-untried-version", "also a cluster of a newer Kubernetes than k8s-ha has been tried on");
const json = () => new Option("--json", "events as lines of JSON on standard output");
const detailedExitcode = () =>
  new Option("--detailed-exitcode", "with a plan: exit with 3 when there are changes");

import { Command, Option } from "commander";
import { Program } from "../e2e/k8s-ha.js";
import { Lab, canRun } from "../lab/lab.js";
import { allCases, sampleCases, type Case, type Mode } from "./cases.js";
import { Migrations } from "./migration.js";
import { type Reference, referenceOf } from "./reference.js";
import { Results, type Result } from "./results.js";
import { Stage, lastLines } from "./stage.js";
import { resultsTable } from "./table.js";

interface Options {
  readonly only?: string;
  readonly mode: Mode;
  readonly list?: true;
  readonly restart?: true;
  readonly sample?: true;
  readonly again?: true;
  readonly minutes?: string;
}

const say = (text: string): void => {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
};

/** The reference run, without faults, that all others are compared with: once for each build of the program. */
async function makeReference(lab: Lab, results: Results): Promise<Reference> {
  say("reference run");
  await lab.fresh({ scenario: "default" });
  const program = await Program.make(lab);
  const outcome = await new Migrations(program, results.logOf("reference")).run();
  if (outcome.exitCode !== 0) throw new Error(`the reference run failed\n${lastLines(outcome)}`);
  const reference = await referenceOf(lab, program);
  results.keepReference(reference);
  return reference;
}

async function play(one: Case, lab: Lab, reference: Reference, results: Results): Promise<Result> {
  const started = performance.now();
  const stage = new Stage(lab, reference, results.logOf(one.name));
  let why: string | undefined;
  try {
    await stage.begin();
    await one.play(stage);
  } catch (error) {
    why = error instanceof Error ? error.message : String(error);
  }
  return {
    name: one.name,
    group: one.group,
    passed: why === undefined,
    ...(why !== undefined && { why }),
    runs: stage.runs,
    seconds: Math.round((performance.now() - started) / 1000),
  };
}

/** The selected cases. */
function wantedCases({ changes }: Pick<Reference, "changes">, { only = "", ...options }: Options): Case[] {
  const all = options.sample ? sampleCases(changes) : allCases(changes, options.mode);
  return all.filter(({ name, group }) => new RegExp(only).test(`${group}: ${name}`));
}

/** Lists the cases without querying the lab, which may be in use. */
function list(reference: Reference | undefined, options: Options): void {
  for (const { group, name } of wantedCases(reference ?? { changes: [] }, options)) {
    console.log(`${group}: ${name}`);
  }
  if (reference === undefined) say("this build has no reference run yet, so the counts above are 0");
}

async function main(options: Options): Promise<number> {
  const started = Date.now();
  const results = new Results();
  if (options.list) {
    list(results.reference(), options);
    return 0;
  }
  const reason = canRun();
  if (reason !== undefined) throw new Error(reason);
  if (options.restart) results.forget();
  const lab = new Lab({ audience: "stderr" });
  await lab.up({ scenario: "default" });
  const reference = results.reference() ?? (await makeReference(lab, results));
  const wanted = wantedCases(reference, options);
  const known = new Map(results.all().map((result) => [result.name, result]));
  for (const [i, one] of wanted.entries()) {
    if (known.has(one.name) && !options.again) continue;
    if (Date.now() - started > Number(options.minutes ?? Infinity) * 60_000) break;
    say(`${i + 1}/${wanted.length} ${one.group}: ${one.name}`);
    const result = await play(one, lab, reference, results);
    say(
      `  ${result.passed ? "passed" : `FAILED: ${result.why ?? ""}`} (${result.seconds} s, ${result.runs} runs)`,
    );
    known.set(one.name, result);
    results.keep(result);
  }
  const found = wanted.flatMap(({ name }) => known.get(name) ?? []);
  console.log(resultsTable(found));
  if (found.length < wanted.length) say(`${wanted.length - found.length} cases are still to be run`);
  say(`output of each run: ${results.folder}/logs`);
  return found.some(({ passed }) => !passed) ? 1 : 0;
}

const program = new Command("test:chaos")
  .description(
    "Kills the program, cuts connections and injects faults on hosts of the lab; after each, --resume must lead to the same end state.",
  )
  .option("--only <pattern>", "cases whose `GROUP: NAME` matches this regular expression")
  .addOption(
    new Option(
      "--mode <mode>",
      "cases from the reference run: one after the other in one migration, or a migration for each",
    )
      .choices(["chained", "isolated"])
      .default("chained"),
  )
  .option("--sample", "run a fixed sample that takes less than ten minutes")
  .option("--list", "list the cases and exit")
  .option("--minutes <n>", "start no case after this time; the next call continues")
  .option("--again", "also run cases that have a result")
  .option("--restart", "discard the results for this build of the program");
await program.parseAsync();
try {
  process.exitCode = await main(program.opts<Options & { mode: Mode }>());
} catch (error) {
  process.stderr.write(`test:chaos: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

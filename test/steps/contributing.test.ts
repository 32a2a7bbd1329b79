import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { applyPatch } from "diff";
import { build } from "esbuild";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parsePlaybook } from "../../src/playbook/load.js";
import type { StepRules } from "../../src/playbook/rules.js";
import type { Step } from "../../src/steps/step.js";
import { readSchema } from "../recorded/facts-file.js";
import { factsSchema } from "../recorded/schema.js";
import { Sandbox } from "../machine/sandbox.js";

const root = join(import.meta.dirname, "../..");
const docs = readFileSync(join(root, "docs/contributing.md"), "utf8");
// Below node_modules, no other check of the sources finds it.
const copy = mkdtempSync(join(root, "node_modules/.contributing-"));
afterAll(() => {
  rmSync(copy, { recursive: true });
});

/** The code block after a file's name in the documentation. */
function blockFor(path: string): string {
  const block = new RegExp(`\`${path}\`:\n\n\`\`\`\\w+\n([^]*?)\`\`\``).exec(docs)?.[1];
  if (block === undefined) throw new Error(`docs/contributing.md has no code for ${path}`);
  return block;
}

function patch(path: string): void {
  const patched = applyPatch(readFileSync(join(copy, path), "utf8"), blockFor(path));
  if (patched === false) throw new Error(`the diff for ${path} in docs/contributing.md does not apply`);
  writeFileSync(join(copy, path), patched);
}

/** The test compiles the types of all sources. */
const COMPILES_MS = 120_000;

/** The modules of the copy that the tests use. */
interface Modules {
  readonly allSteps: readonly Step[];
  readonly stepRules: StepRules;
}

async function compile(): Promise<Modules> {
  const entry = `export * from "./src/steps/all.js"; export * from "./src/steps/rules.js";`;
  const outfile = join(copy, "steps.mjs");
  const options = { bundle: true, platform: "node", format: "esm", packages: "external" } as const;
  await build({ ...options, stdin: { contents: entry, resolveDir: copy }, outfile, logLevel: "silent" });
  return (await import(pathToFileURL(outfile).href)) as Modules;
}

describe("the example in docs/contributing.md", () => {
  for (const folder of ["src", "playbooks"])
    cpSync(join(root, folder), join(copy, folder), { recursive: true });
  const step = "src/steps/clock/chrony.ts";
  mkdirSync(dirname(join(copy, step)));
  writeFileSync(join(copy, step), blockFor(step));
  for (const path of ["src/steps/all.ts", "playbooks/migrate.yaml"]) patch(path);

  let modules: Modules;
  beforeAll(async () => {
    modules = await compile();
  });

  it("has correct types", { timeout: COMPILES_MS }, () => {
    const read = ts.readConfigFile(join(root, "tsconfig.json"), (path) => ts.sys.readFile(path));
    const { options } = ts.parseJsonConfigFileContent(read.config, ts.sys, root);
    const program = ts.createProgram([join(copy, step)], options);
    const found = ts.getPreEmitDiagnostics(program);
    expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
  });

  it("needs no recording: its facts are those of ensure.ts", { timeout: COMPILES_MS }, () => {
    expect(factsSchema(copy)).toEqual(readSchema());
  });

  it("has a place in the playbook, after the backup only", () => {
    const { stepRules } = modules;
    const playbook = readFileSync(join(copy, "playbooks/migrate.yaml"), "utf8");
    const ids = parsePlaybook(playbook, "migrate.yaml", stepRules).steps.map(({ id }) => id);
    expect(ids).toContain("chrony");
    const without = playbook.replace("  - step: chrony\n", "");
    expect(parsePlaybook(without, "migrate.yaml", stepRules).steps).toHaveLength(ids.length - 1);
    const first = playbook
      .replace("  - step: chrony\n", "")
      .replace("steps:\n", "steps:\n  - step: chrony\n");
    expect(() => parsePlaybook(first, "migrate.yaml", stepRules)).toThrow("chrony must come after backup");
  });

  it("installs chrony if it is missing, and verifies the clock", async () => {
    const { allSteps } = modules;
    const chrony = allSteps.find(({ id }) => id === "chrony");
    using sandbox = new Sandbox();
    const look = () => sandbox.fleet().look();
    const planned = async () => chrony?.plan(await chrony.probe(look()), sandbox.inventory).changes;
    expect((await planned())?.[0]).toEqual({
      kind: "packages",
      host: "master1",
      manager: "apt",
      install: ["chrony"],
    });
    const checks = async () => (await chrony?.verify?.(look()))?.[0];
    expect(await checks()).toMatchObject({ host: "master1", ok: false, actual: "no answer" });
    sandbox.answer("dpkg-query", "echo 'ii  chrony'");
    sandbox.answer("chronyc", "echo 'Leap status     : Normal'");
    expect(await planned()).toEqual([]);
    expect(await checks()).toMatchObject({ ok: true });
  });
});

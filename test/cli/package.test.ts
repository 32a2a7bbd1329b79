import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { allSteps } from "../../src/steps/all.js";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "k8s-ha-package-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** `npm test` builds before it. */
const isBuilt = existsSync(join(root, "dist/cli/main.js"));

describe.runIf(isBuilt)("the npm package", { timeout: 120_000 }, () => {
  it("runs from an empty folder without the source tree, and needs no other package", () => {
    const run = (command: string, ...words: string[]): string =>
      execFileSync(command, words, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    const packed = run("npm", "pack", "--ignore-scripts", "--json", "--pack-destination", folder, root);
    const [{ filename, version }] = JSON.parse(packed) as [{ filename: string; version: string }];
    // Without a registry: a dependency would make it fail.
    run("npm", "install", "--offline", "--no-audit", "--no-fund", "--prefix", folder, join(folder, filename));
    const program = join(folder, "node_modules/.bin/k8s-ha");
    expect(run(program, "--version")).toBe(`${version}\n`);
    expect(run(program, "--help")).toContain("migrate");
    const steps = run(program, "steps");
    for (const { id } of allSteps.slice(0, 5)) expect(steps).toContain(id);
    const installed = join(folder, "node_modules/k8s-ha");
    for (const file of ["inventory.example.yaml", "docs/cli.md", "LICENSE", "dist/THIRD-PARTY-LICENSES"])
      expect(existsSync(join(installed, file)), file).toBe(true);
    expect(readFileSync(join(installed, "dist/k8s-ha.1"), "utf8")).toContain(".TH K8S");
    expect(existsSync(join(installed, "src"))).toBe(false);
  });
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { allSteps } from "../../src/steps/all.js";
import { allChecks } from "../../src/steps/preflight/all-checks.js";
import { nameOf, readCheckFacts, readFacts, readSchema, STATES, VERSIONS, writeFacts } from "./facts-file.js";
import { factsSchema } from "./schema.js";

/** The test compiles the types of all sources. */
const COMPILES_MS = 120_000;

describe("the schema of recorded facts", () => {
  it("equals the current types of the steps; `npm run record` writes it again", { timeout: COMPILES_MS }, () => {
    expect(readSchema()).toEqual(factsSchema());
  });

  it.each(VERSIONS)("fits the recorded facts of %s", (version) => {
    const { steps, checks } = readSchema();
    for (const step of allSteps.filter((each) => nameOf(each.id) in steps && each.probe.length > 0)) {
      for (const state of STATES) readFacts(version, state, step.id);
    }
    for (const check of allChecks.filter(({ id }) => nameOf(id) in checks)) {
      for (const state of STATES) readCheckFacts(version, state, check.id);
    }
  });

  it.each([
    ["lacks a fact", (facts: Record<string, unknown>) => ({ ...facts, nodeName: undefined })],
    ["has a fact of another type", (facts: Record<string, unknown>) => ({ ...facts, liveSans: "master1" })],
  ])("rejects a file that %s", (_how, edit) => {
    const folder = mkdtempSync(join(tmpdir(), "k8s-ha-facts-"));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    const facts = readFacts("1.37.2", "fresh", "kubeadm-config") as Record<string, unknown>;
    writeFacts(folder, "fresh", "kubeadm-config", facts);
    expect(readFacts(folder, "fresh", "kubeadm-config")).toEqual(facts);
    writeFacts(folder, "fresh", "kubeadm-config", edit(facts));
    expect(() => readFacts(folder, "fresh", "kubeadm-config")).toThrow("record it anew");
  });
});

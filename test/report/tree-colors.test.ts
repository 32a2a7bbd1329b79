import { afterEach, expect, it, vi } from "vitest";
import { origin } from "../engine/made-from.js";
import { ProgressTree } from "../../src/report/tree.js";

// With these, listr2 writes colors even to a pipe; also if standard output is a terminal and standard error is none.
vi.hoisted(() => {
  for (const name of ["NO_COLOR", "FORCE_COLOR"]) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, { CI: "1", GITHUB_ACTIONS: "1" });
});
afterEach(() => {
  vi.restoreAllMocks();
});

it("writes no colors if standard error is not a terminal", async () => {
  const written: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => written.push(String(text)) > 0);
  const tree = new ProgressTree({ lines: true });
  const steps = [{ id: "a", title: "do a" }];
  const cluster = { ca: "0f", uid: "u" };
  tree.listen({ type: "run-started", mode: "migrate", runId: "r", origin: origin(), cluster, steps });
  tree.listen({ type: "step-started", step: "a" });
  tree.abandon();
  await tree.drawn();
  expect(written.join("")).toContain("✖ do a");
  expect(written.join("")).not.toContain("\u001b");
});

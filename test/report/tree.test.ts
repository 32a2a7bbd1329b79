import { afterEach, it, vi } from "vitest";
import { origin } from "../engine/made-from.js";
import { ProgressTree } from "../../src/report/tree.js";

afterEach(() => {
  vi.restoreAllMocks();
});

it("does not wait for steps without further events", async () => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const tree = new ProgressTree();
  const steps = ["a", "b"].map((id) => ({ id, title: `do ${id}` }));
  tree.listen({
    type: "run-started",
    mode: "migrate",
    runId: "r",
    origin: origin(),
    cluster: { ca: "0f", uid: "u" },
    steps,
  });
  tree.listen({ type: "step-started", step: "a" });
  tree.abandon();
  await tree.drawn();
});

import { describe, expect, it } from "vitest";
import { blocker } from "../../../../src/steps/preflight/check.js";
import { clocks } from "../../../../src/steps/preflight/checks/clocks.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { must, problemsOf } from "../../recorded.js";
import { looking, unreachable } from "../looking.js";

describe("check clocks", () => {
  it("reports a clock that differs from that of the first master", () => {
    expect(
      problemsOf(clocks, "fresh", ({ found }) => {
        const { skew } = must(found.get("master1"));
        found.set("lb1", { skew: skew + 120, uncertainty: 0.1 });
      }),
    ).toEqual([
      blocker(
        "lb1",
        "its clock differs by 120.0 s from that of master1",
        "synchronize both clocks by NTP (chrony or systemd-timesyncd)",
      ),
    ]);
  });

  it("accepts a skew within the duration of the query", () => {
    const slow = { skew: 5, uncertainty: 6 };
    expect(problemsOf(clocks, "fresh", ({ found }) => found.set("lb1", slow))).toEqual([]);
  });

  it("accepts clocks that differ only from the local one", () => {
    const behind = problemsOf(clocks, "fresh", ({ found }) => {
      for (const clock of found.values()) clock.skew -= 3600;
    });
    expect(behind).toEqual([]);
  });

  it("reads each machine's clock, and reports those that cannot be read", async () => {
    using sandbox = new Sandbox();
    using late = new Sandbox();
    late.answer("date", "echo 1000000000.5");
    const others = { lb1: late, lb2: unreachable("lb2") };
    const facts = await clocks.probe(looking(sandbox, others));
    expect(clocks.problems(facts, sandbox.inventory).map(({ host }) => host)).toEqual(["lb2", "lb1"]);
  });

  it("reports only the first master if its clock cannot be read", async () => {
    using sandbox = new Sandbox();
    const facts = await clocks.probe(looking(sandbox, { master1: unreachable("master1") }));
    expect(clocks.problems(facts, sandbox.inventory).map(({ host }) => host)).toEqual(["master1"]);
  });
});

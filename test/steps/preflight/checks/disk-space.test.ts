import { describe, expect, it } from "vitest";
import { blocker } from "../../../../src/steps/preflight/check.js";
import { diskSpace } from "../../../../src/steps/preflight/checks/disk-space.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { problemsOf } from "../../recorded.js";
import { looking, unreachable } from "../looking.js";

const withFree = (host: string, free: number, overrides = {}) =>
  problemsOf(diskSpace, "fresh", ({ found }) => found.set(host, free), overrides);

describe("check disk-space", () => {
  it.each([
    ["master3", 2047, 2048],
    ["lb1", 255, 256],
    ["worker1", 63, 64],
  ])("reports a full disk of %s", (host, free, needed) => {
    expect(withFree(host, free)).toEqual([
      blocker(
        host,
        `only ${free} MiB are free below /var`,
        `free disk space there: ${needed} MiB are required`,
      ),
    ]);
  });

  it("accepts the small disk of a load balancer, unless it is also a master", () => {
    expect(withFree("lb1", 300)).toEqual([]);
    const loadBalancers = ["master1", "master2", "master3"].map((master) => ({ master }));
    expect(withFree("master2", 300, { loadBalancers })).toMatchObject([
      { host: "master2", fix: "free disk space there: 2048 MiB are required" },
    ]);
  });

  it("reads each machine, and reports those that cannot be read", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("df", "echo ' Avail'; echo '   77'");
    const facts = await diskSpace.probe(looking(sandbox, { lb2: unreachable("lb2") }));
    expect(new Set(facts.found.values())).toEqual(new Set([77]));
    expect(facts.found.size).toBe(5);
    expect(diskSpace.problems(facts, sandbox.inventory).map(({ host }) => host)).toEqual([
      "lb2",
      "master1",
      "master2",
      "master3",
      "lb1",
    ]);
  });
});

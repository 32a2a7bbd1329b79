import { describe, expect, it } from "vitest";
import { blocker } from "../../../../src/steps/preflight/check.js";
import { tools } from "../../../../src/steps/preflight/checks/tools.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { problemsOf } from "../../recorded.js";
import { looking, unreachable, without } from "../looking.js";

describe("check tools", () => {
  it("accepts machines with all tools", () => {
    expect(problemsOf(tools, "fresh")).toEqual([]);
  });

  it("reports each missing tool", () => {
    expect(problemsOf(tools, "fresh", ({ found }) => found.set("master2", ["kubeadm", "crictl"]))).toEqual([
      blocker("master2", "kubeadm is not installed", "install it on master2"),
      blocker("master2", "crictl is not installed", "install it on master2"),
    ]);
  });

  it("queries every machine, and reports those that do not answer", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("kubelet", "");
    const others = { lb1: without("sysctl", sandbox), worker1: unreachable("worker1") };
    const facts = await tools.probe(looking(sandbox, others));
    expect([...facts.found]).toEqual([
      ["master1", []],
      ["master2", []],
      ["master3", []],
      ["lb1", ["sysctl"]],
      ["lb2", []],
    ]);
    expect(tools.problems(facts, sandbox.inventory)).toMatchObject([
      { host: "worker1", what: "the connection broke" },
      { host: "lb1", what: "sysctl is not installed" },
    ]);
  });
});

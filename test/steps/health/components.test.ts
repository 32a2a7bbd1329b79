import { describe, expect, it } from "vitest";
import { componentState } from "../../../src/steps/health/components.js";

const manifest = (...args: string[]): string =>
  `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - command:\n${["kube-scheduler", ...args].map((a) => `    - ${a}\n`).join("")}`;

describe("the state of a component", () => {
  it("is good if a process runs with the manifest's arguments", () => {
    const others = [
      ["etcd", "--name=a"],
      ["/usr/local/bin/kube-scheduler", "--a=1", "--b=2"],
    ];
    expect(componentState("kube-scheduler", manifest("--a=1", "--b=2"), others)).toBeUndefined();
    // Another cluster's scheduler in a pod of this host.
    expect(
      componentState("kube-scheduler", manifest("--a=1"), [
        ["kube-scheduler", "--x"],
        ["kube-scheduler", "--a=1"],
      ]),
    ).toBeUndefined();
    expect(
      componentState("kube-scheduler", manifest("--a=$(X)"), [["kube-scheduler", "--a=7"]]),
    ).toBeUndefined();
  });

  it.each([
    ["no manifest kube-scheduler.yaml", undefined, [["kube-scheduler"]]],
    ["the manifest kube-scheduler.yaml cannot be read", "spec: [", [["kube-scheduler"]]],
    ["not running", manifest("--a=1"), [["etcd", "--a=1"]]],
    ["runs with other arguments than its manifest", manifest("--a=1"), [["kube-scheduler", "--a=2"]]],
    ["runs with other arguments than its manifest", manifest("--a=1"), [["kube-scheduler", "--a=1", "--b"]]],
    ["runs with other arguments than its manifest", manifest("--a=1", "--b"), [["kube-scheduler", "--a=1"]]],
  ])("is: %s", (expected, text, running) => {
    expect(componentState("kube-scheduler", text, running)).toBe(expected);
  });
});

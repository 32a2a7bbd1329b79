import { describe, expect, it } from "vitest";
import { isCgroupV1 } from "../../src/machine/cgroups.js";
import { Sandbox } from "./sandbox.js";

describe("cgroup v1", () => {
  it.each([
    ["tmpfs", "echo tmpfs", true],
    ["cgroup2fs", "echo cgroup2fs", false],
    ["no answer", "exit 1", false],
  ])("of a machine with %s", async (_, answer, expected) => {
    using sandbox = new Sandbox();
    sandbox.answer("stat", answer);
    expect(await sandbox.host().ask(isCgroupV1)).toBe(expected);
  });
});

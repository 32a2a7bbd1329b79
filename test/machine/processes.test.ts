import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { commandLines } from "../../src/machine/processes.js";
import { Sandbox } from "./sandbox.js";

it("lists the arguments of every process of a program, also of one with a long name", async () => {
  using sandbox = new Sandbox();
  const child = spawn("sleep", ["41.5"], { argv0: "sleep" });
  await once(child, "spawn");
  try {
    const found = await sandbox.fleet().firstMaster.ask(commandLines(["sleep", "kube-controller-manager"]));
    expect(found).toContainEqual(["sleep", "41.5"]);
  } finally {
    child.kill();
  }
});

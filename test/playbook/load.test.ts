import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadPlaybook, parsePlaybook } from "../../src/playbook/load.js";

const STEPS = ["preflight", "haproxy", "keepalived", "join"];

function problems(text: string): string[] {
  try {
    parsePlaybook(text, "playbook.yaml", STEPS);
  } catch (error) {
    return (error as Error).message.split("\n");
  }
  return [];
}

describe("a playbook", () => {
  const text = `name: load balancers only
steps:
  - step: preflight
  - step: haproxy
    at-a-time: 1
`;

  it("lists steps in their order", () => {
    expect(parsePlaybook(text, "playbook.yaml", STEPS)).toEqual({
      name: "load balancers only",
      steps: [{ step: "preflight" }, { step: "haproxy", atATime: 1 }],
    });
  });

  it("is read from a file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "k8s-ha-playbook-"));
    const path = join(folder, "playbook.yaml");
    await writeFile(path, text);
    expect((await loadPlaybook(path, STEPS)).steps).toHaveLength(2);
    await rm(folder, { recursive: true });
    await expect(loadPlaybook(path, STEPS)).rejects.toThrow("there is no such file");
  });

  it("is refused with unknown and repeated steps, all at once", () => {
    expect(
      problems("name: a\nsteps:\n  - step: haproxi\n  - step: join\n  - { at-a-time: 2, step: join }\n"),
    ).toEqual([
      "playbook.yaml:3:11: steps[0].step: unknown step haproxi; the steps are preflight, haproxy, keepalived, join",
      "playbook.yaml:5:27: steps[2].step: step join is already in the playbook",
    ]);
  });

  it.each([
    ["no name", "steps: [{ step: join }]\n", "1:1: name: is missing"],
    ["no steps", "name: a\n", "1:1: steps: is missing"],
    ["an empty list", "name: a\nsteps: []\n", "2:8: steps: expected at least one step"],
    [
      "a bare id",
      "name: a\nsteps:\n  - join\n",
      '3:5: steps[0]: expected a mapping (key: value), not "join"',
    ],
    [
      "none at a time",
      "name: a\nsteps: [{ step: join, at-a-time: 0 }]\n",
      "2:34: steps[0].at-a-time: expected 1 or more",
    ],
    ["another key", "name: a\nsteps: [{ step: join, when: x }]\n", "2:23: unknown key when in steps[0]"],
  ])("is refused with %s", (_what, text, problem) => {
    expect(problems(text)).toEqual([`playbook.yaml:${problem}`]);
  });
});

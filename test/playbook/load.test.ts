import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadPlaybook, parsePlaybook } from "../../src/playbook/load.js";
import type { StepRules } from "../../src/playbook/rules.js";

const RULES: StepRules = {
  known: ["preflight", "haproxy", "keepalived", "join", "revoke"],
  oneByOne: ["join"],
  mandatory: { preflight: "it looks first" },
  needs: [
    { steps: ["haproxy", "keepalived"], need: ["preflight"], where: "before", why: "looking comes first" },
    { steps: ["keepalived"], need: ["haproxy"], where: "before", why: "the VIP comes up where haproxy is" },
    { steps: ["join"], need: ["revoke"], where: "anywhere", why: "tokens must not stay" },
  ],
};

function problems(text: string): string[] {
  try {
    parsePlaybook(text, "playbook.yaml", RULES, ["worker1"]);
  } catch (error) {
    return (error as Error).message.split("\n");
  }
  return [];
}

/** The problems of a playbook of preflight and these lines of steps, which start in line 4. */
const problemsOf = (...lines: string[]): string[] =>
  problems(["name: a", "steps:", "  - step: preflight", ...lines.map((line) => `  ${line}`)].join("\n"));

describe("a playbook", () => {
  const text = `name: load balancers only
steps:
  - step: preflight
  - step: haproxy
    serial: 1
  - pause: 90s
  - run: silence-alerts
    on: operator
    check: test -e /run/silenced
    apply: touch /run/silenced
  - wait: quiet
    on: [controlPlane, worker1]
    check: test -e /run/quiet
    timeout: 10m
    every: 500ms
  - confirm: Continue?
  - pause: 1h
`;
  const asking = { env: {}, check: "test -e /run/silenced" };

  it("lists steps in order, and the actions between them", () => {
    expect(parsePlaybook(text, "playbook.yaml", RULES, ["worker1"])).toEqual({
      name: "load balancers only",
      steps: [
        { kind: "step", id: "preflight", step: "preflight" },
        { kind: "step", id: "haproxy", step: "haproxy", serial: 1 },
        { kind: "pause", id: "pause 1", pause: 90 },
        {
          ...asking,
          kind: "run",
          id: "silence-alerts",
          run: "silence-alerts",
          on: ["operator"],
          apply: "touch /run/silenced",
          timeout: 60,
          alone: true,
        },
        {
          ...asking,
          kind: "wait",
          id: "quiet",
          wait: "quiet",
          on: ["controlPlane", "worker1"],
          check: "test -e /run/quiet",
          timeout: 600,
          every: 0.5,
        },
        { kind: "confirm", id: "confirm 1", confirm: "Continue?" },
        { kind: "pause", id: "pause 2", pause: 3600 },
      ],
    });
  });

  it("is read from a file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "k8s-ha-playbook-"));
    const path = join(folder, "playbook.yaml");
    await writeFile(path, text);
    expect((await loadPlaybook(path, RULES)).steps).toHaveLength(7);
    await rm(folder, { recursive: true });
    await expect(loadPlaybook(path, RULES)).rejects.toThrow("no such file");
  });

  it("is refused with unknown and repeated steps, all at once", () => {
    expect(problemsOf("- step: haproxi", "- step: haproxy", "- { serial: 2, step: haproxy }")).toEqual([
      "playbook.yaml:4:11: steps[1].step: unknown step haproxi; did you mean haproxy? the steps are preflight, haproxy, keepalived, join, revoke",
      "playbook.yaml:6:24: steps[3].step: step haproxy is already in the playbook",
    ]);
  });

  it("is refused if a dependency of a step is missing or comes later; each with the reason", () => {
    expect(problems("name: a\nsteps: [{ step: join }]\n")).toEqual([
      "playbook.yaml:2:8: steps: the step preflight is missing: it looks first",
      "playbook.yaml:2:17: steps[0].step: join requires revoke, which is not in the playbook: tokens must not stay",
    ]);
    expect(
      problems("name: a\nsteps:\n  - step: keepalived\n  - step: haproxy\n  - step: preflight\n"),
    ).toEqual([
      "playbook.yaml:3:11: steps[0].step: keepalived must come after preflight: looking comes first",
      "playbook.yaml:3:11: steps[0].step: keepalived must come after haproxy: the VIP comes up where haproxy is",
      "playbook.yaml:4:11: steps[1].step: haproxy must come after preflight: looking comes first",
    ]);
  });

  it.each([
    ["no name", "steps: [{ step: preflight }]\n", "1:1: name: is missing"],
    ["no steps", "name: a\n", "1:1: steps: is missing"],
    ["an empty list", "name: a\nsteps: []\n", "2:8: steps: expected at least one step"],
  ])("is refused with %s", (_what, text, problem) => {
    expect(problems(text)).toContain(`playbook.yaml:${problem}`);
  });

  const run = "run: x, on: all, check: 'a', apply: 'b'";
  it.each([
    ["a bare id", "- join", '5: steps[1]: expected a mapping (key: value), not "join"'],
    [
      "an entry without a step or action",
      "- {}",
      "5: steps[1]: expected one of the keys step, run, wait, confirm, pause",
    ],
    ["a serial of zero", "- { step: haproxy, serial: 0 }", "30: steps[1].serial: expected 1 or more"],
    ["an unknown key", "- { step: haproxy, when: x }", "22: unknown key when in steps[1]"],
    ["an internal key", "- { step: haproxy, kind: run }", "5: steps[1]: unknown key kind"],
    ["two actions in one entry", "- { step: haproxy, pause: 5s }", "22: unknown key pause in steps[1]"],
    ["a run without apply", "- { run: x, on: all, check: a }", "5: steps[1].apply: is missing"],
    ["an empty text", "- { run: x, on: all, check: '', apply: b }", "24: steps[1].check: expected a string"],
    [
      "a text with a NUL",
      '- { run: x, on: all, check: "\\0", apply: b }',
      "31: steps[1].check: must not contain a NUL character",
    ],
    [
      "a text that is too long for a command line",
      `- { run: x, on: all, check: ${"ä".repeat(50_001)}, apply: b }`,
      "31: steps[1].check: expected at most 100000 bytes",
    ],
    [
      "a name of two words",
      "- { run: x y, on: all, check: a, apply: b }",
      "12: steps[1].run: expected a name: lower-case letters, digits and '-'",
    ],
    [
      "the name of a step",
      "- { run: haproxy, on: all, check: a, apply: b }",
      "12: steps[1].run: haproxy is the name of a built-in step; choose another name",
    ],
    [
      "the name of the last step",
      "- { wait: verify, on: all, check: a }",
      "13: steps[1].wait: verify is the name of a built-in step; choose another name",
    ],
    [
      "an unknown host",
      "- { wait: x, on: [workers, worker9], check: a }",
      "20: steps[1].on: the inventory has no host worker9; the groups are operator, all, controlPlane, firstMaster, newMasters, loadBalancers, workers",
    ],
    ["no host", "- { wait: x, on: [], check: a }", "20: steps[1].on: expected at least one group or host"],
    [
      "an internal variable",
      `- { ${run}, env: { K8S_HA_VIP: x } }`,
      "67: steps[1].env.K8S_HA_VIP: expected names of letters, digits and '_' that do not begin with K8S_HA_",
    ],
    [
      "an invalid variable name",
      `- { ${run}, env: { "A=B": x } }`,
      "62: steps[1].env.A=B: expected names of letters, digits and '_' that do not begin with K8S_HA_",
    ],
    [
      "a number as a value",
      `- { ${run}, env: { A: 5 } }`,
      "58: steps[1].env.A: expected a string, not 5 (put it in quotes)",
    ],
    [
      "a time without a unit",
      "- pause: '5'",
      "12: steps[1].pause: expected a duration such as 5s, 10m or 1h",
    ],
    ["a pause that is too long", "- pause: 25h", "12: steps[1].pause: expected at most one day"],
    ["an empty question", "- confirm: ''", "5: steps[1].confirm: expected a string"],
  ])("is refused with %s", (_what, line, problem) => {
    expect(problemsOf(line)).toEqual([`playbook.yaml:4:${problem}`]);
  });

  it("is refused with several hosts at once for a step that changes one at a time", () => {
    expect(problemsOf("- { step: join, serial: 3 }", "- step: revoke")).toEqual([
      "playbook.yaml:4:27: steps[1].serial: join always changes one host at a time",
    ]);
  });
});

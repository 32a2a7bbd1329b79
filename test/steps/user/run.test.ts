import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { planStep } from "../../../src/engine/plan.js";
import type { RunEntry } from "../../../src/playbook/schema.js";
import { stepOf } from "../../../src/steps/from-playbook.js";
import { make, undoChange } from "../../changes/context.js";
import { Sandbox } from "../../machine/sandbox.js";

const entry: RunEntry = {
  kind: "run",
  id: "silence",
  run: "silence",
  on: ["operator", "loadBalancers"],
  check: 'test -e "$DIR/$K8S_HA_HOST"',
  apply: 'echo "$K8S_HA_ENDPOINT $K8S_HA_VIP $K8S_HA_ADDRESS $K8S_HA_FIRST_MASTER" >"$DIR/$K8S_HA_HOST"',
  undo: 'rm -f "$DIR/$K8S_HA_HOST"',
  timeout: 5,
  env: {},
  alone: true,
};
const inSandbox = (sandbox: Sandbox, rest: Partial<RunEntry> = {}) =>
  stepOf({ ...entry, env: { DIR: sandbox.root }, ...rest });

describe("a run step", () => {
  it("is planned if its check fails, applied, verified, not planned again, and undone", async () => {
    using sandbox = new Sandbox();
    const step = inSandbox(sandbox);
    const look = () => sandbox.fleet().look();
    const { changes, problems } = await planStep(step, look());
    expect(problems).toEqual([]);
    expect(changes.map(({ kind, host }) => `${kind} ${host}`)).toEqual([
      "run operator",
      "run lb1",
      "run lb2",
    ]);
    expect((await step.verify?.(look()))?.map(({ ok }) => ok)).toEqual([false, false, false]);

    for (const change of changes) await make(sandbox, change);
    expect(sandbox.read("/lb1")).toBe("10.88.0.100:6443 10.88.0.100 10.88.0.31 master1\n");
    expect(sandbox.read("/operator")).toBe("10.88.0.100:6443 10.88.0.100 127.0.0.1 master1\n");
    expect(await planStep(step, look())).toEqual({ changes: [], problems: [] });
    expect((await step.verify?.(look()))?.map(({ ok }) => ok)).toEqual([true, true, true]);

    for (const change of changes) await undoChange(sandbox, change, {});
    expect(existsSync(sandbox.path("/lb1"))).toBe(false);
    expect((await planStep(step, look())).changes).toEqual(changes);
  });

  it("without undo is planned as a change that stays", async () => {
    using sandbox = new Sandbox();
    const step = inSandbox(sandbox, { undo: undefined, on: ["lb1"] });
    const { changes } = await planStep(step, sandbox.fleet().look());
    expect(changes.map(({ kind }) => kind)).toEqual(["lasting-run"]);
  });

  it("whose check cannot be run is a blocker, and plans nothing", async () => {
    using sandbox = new Sandbox();
    const step = inSandbox(sandbox, { check: "no-such-program", on: ["lb1"] });
    const { changes, problems } = await planStep(step, sandbox.fleet().look());
    expect(changes).toEqual([]);
    expect(problems).toMatchObject([
      {
        severity: "blocker",
        host: "lb1",
        what: expect.stringContaining("has no result") as unknown,
      },
    ]);
  });

  it("that is planned only together with others does not count afterwards", () => {
    using sandbox = new Sandbox();
    expect(inSandbox(sandbox, { alone: false })).toMatchObject({ onlyBesideOthers: true, isMomentary: true });
    expect(inSandbox(sandbox).isMomentary).toBeUndefined();
  });

  it("that fails reports the failure, without the surrounding values", async () => {
    using sandbox = new Sandbox();
    const step = inSandbox(sandbox, { apply: "echo no room >&2; exit 7", on: ["lb1"] });
    const [change] = (await planStep(step, sandbox.fleet().look())).changes;
    if (change === undefined) throw new Error("nothing was planned");
    await expect(make(sandbox, change)).rejects.toThrow(
      /^exit code 7 from: echo no room >&2; exit 7\nno room$/,
    );
  });
});

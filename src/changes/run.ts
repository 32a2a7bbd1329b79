import { userScript, type Environment } from "../machine/user-script.js";
import type { ApplyContext, BaseChange, ChangeKind } from "./kind.js";

/** A playbook's own script, and its environment. */
interface ScriptChange extends BaseChange {
  readonly name: string;
  readonly apply: string;
  readonly env: Environment;
  readonly timeoutSeconds: number;
}

/** Runs a playbook's own script; another one undoes it. */
export interface RunChange extends ScriptChange {
  readonly kind: "run";
  readonly undo: string;
}

/** Runs a playbook's own script that has no undo. */
export interface LastingRunChange extends ScriptChange {
  readonly kind: "lasting-run";
}

async function runScript(text: string, c: ScriptChange, { host }: ApplyContext): Promise<void> {
  await host.run(userScript(text, c.env), { timeoutSeconds: c.timeoutSeconds, shownAs: text });
}

/** The script, and the variables that the playbook itself sets. */
function shown(c: ScriptChange): string {
  const own = Object.entries(c.env).filter(([name]) => !name.startsWith("K8S_HA_"));
  const values = own.map(([name, value]) => `+ ${name}=${value}`);
  return [...values, ...marked("+", c.apply)].join("\n");
}

function marked(mark: string, text: string): string[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => `${mark} ${line}`);
}

/** Runs a playbook's script that can be undone. */
export const runKind: ChangeKind<RunChange, Readonly<Record<string, never>>> = {
  kind: "run",
  mark: "+",
  survivesReset: true,
  describe: (c) => `run ${c.name}`,
  diff: (c) => `${shown(c)}\n${marked("undo:", c.undo).join("\n")}`,
  apply: (c, context) => runScript(c.apply, c, context),
  undo: {
    target: (c) => c.name,
    // Only the playbook's own script knows the former state.
    before: () => Promise.resolve({}),
    describe: (c) => `run the undo of ${c.name}`,
    undo: (c, _, context) => runScript(c.undo, c, context),
  },
};

/** Runs a playbook's script that cannot be undone. */
export const lastingRunKind: ChangeKind<LastingRunChange> = {
  kind: "lasting-run",
  mark: "+",
  describe: (c) => `run ${c.name} (cannot be undone: it has no undo)`,
  diff: shown,
  apply: (c, context) => runScript(c.apply, c, context),
  undo: { stays: () => "the playbook's step has no undo" },
};

import { userScript, type Environment } from "../machine/user-script.js";
import type { ApplyContext, BaseChange, ChangeKind } from "./kind.js";

/** A playbook's own shell text, and what it finds in its environment. */
interface ScriptChange extends BaseChange {
  readonly name: string;
  readonly apply: string;
  readonly env: Environment;
  readonly timeoutSeconds: number;
}

/** A playbook's own text is run; another one takes it back. */
export interface RunChange extends ScriptChange {
  readonly kind: "run";
  readonly undo: string;
}

/** A playbook's own text is run, and nobody said how to take it back. */
export interface LastingRunChange extends ScriptChange {
  readonly kind: "lasting-run";
}

async function runScript(text: string, c: ScriptChange, { host }: ApplyContext): Promise<void> {
  await host.run(userScript(text, c.env), { timeoutSeconds: c.timeoutSeconds, shownAs: text });
}

/** The text as it is, and the values that the playbook itself gives it. */
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

/** Runs a playbook's text that can be taken back. */
export const runKind: ChangeKind<RunChange, Readonly<Record<string, never>>> = {
  kind: "run",
  describe: (c) => `run ${c.name}`,
  diff: (c) => `${shown(c)}\n${marked("undo:", c.undo).join("\n")}`,
  apply: (c, context) => runScript(c.apply, c, context),
  undo: {
    target: (c) => c.name,
    // What stood there only the playbook's own text knows.
    before: () => Promise.resolve({}),
    describe: (c) => `run the undo of ${c.name}`,
    undo: (c, _, context) => runScript(c.undo, c, context),
  },
};

/** Runs a playbook's text that stays. */
export const lastingRunKind: ChangeKind<LastingRunChange> = {
  kind: "lasting-run",
  describe: (c) => `run ${c.name} (cannot be undone: it has no undo)`,
  diff: shown,
  apply: (c, context) => runScript(c.apply, c, context),
  undo: { stays: () => "its step of the playbook has no undo" },
};

import { sh, type Shell } from "../shell/shell.js";
import { CommandFailed, type Query } from "./query.js";

/** Variables that a playbook's shell text finds in its environment. */
export type Environment = Readonly<Record<string, string>>;

/** A playbook's text as a script of its own: nothing is put into it, and it ends with its first command that fails. */
export function userScript(text: string, env: Environment): Shell {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  // Its own `sh -c`: a text with an open quote spoils nothing around it.
  return sh`exec env ${variables} /bin/sh -euc ${text} </dev/null`;
}

/** What a check of a playbook came to. */
export interface Verdict {
  readonly holds: boolean;
  /** Its exit code and the last line that it printed. */
  readonly said: string;
}

/**
 * Whether a check of a playbook ends well. One that cannot be run, as for a misspelt command, says neither yes nor no:
 * a CommandFailed.
 */
export function userCheck(text: string, env: Environment): Query<Verdict> {
  const script = userScript(text, env);
  return {
    script,
    lane: "remote",
    parse: ({ code, stdout, stderr }) => {
      if (code >= 126) throw new CommandFailed(text, code, stderr);
      const last = `${stdout}\n${stderr}`.trim().split("\n").at(-1) ?? "";
      return { holds: code === 0, said: `exit code ${code}${last === "" ? "" : `: ${last}`}` };
    },
  };
}

import { sh, type Shell } from "../shell/shell.js";
import { CommandFailed, type Query } from "./query.js";

/** Environment variables of a playbook's script. */
export type Environment = Readonly<Record<string, string>>;

/** A playbook's text as a separate script: not interpolated, and it stops at the first failing command. */
export function userScript(text: string, env: Environment): Shell {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  // A separate `sh -c`: an unbalanced quote in the text does not affect the surrounding script.
  return sh`exec env ${variables} /bin/sh -euc ${text} </dev/null`;
}

/** The result of a playbook's check. */
export interface Verdict {
  readonly holds: boolean;
  /** Its exit code and the last line of its output. */
  readonly said: string;
}

/**
 * Whether a playbook's check succeeds.
 * @throws CommandFailed if it cannot run, for example because of a misspelled command
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

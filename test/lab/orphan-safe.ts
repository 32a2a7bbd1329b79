import { type Options, execa } from "execa";

/**
 * Runs a command with mounts and processes of its own, all of which end with it, and with this process even if it is
 * killed: no half-finished build goes on behind the back of the next one.
 */
export async function runContained(line: readonly string[], options: Options = {}): Promise<void> {
  const own = ["--mount", "--pid", "--fork", "--kill-child", "--propagation=slave", "--"];
  await execa("setpriv", ["--pdeathsig", "KILL", "--", "unshare", ...own, ...line], options);
}

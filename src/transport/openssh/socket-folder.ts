import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../../failure.js";

// A socket's path is at most 104 characters long on some systems, and ssh adds 17 to it for a moment.
const MAX_BASE_LENGTH = 60;

/**
 * Makes a folder (0700) for one control socket, below XDG_RUNTIME_DIR, or where temporary files are: after `su` that
 * variable may name another user's.
 * @throws Failure
 */
export async function makeSocketFolder(): Promise<string> {
  const bases = [process.env["XDG_RUNTIME_DIR"] ?? "", tmpdir(), "/tmp"];
  let cause: unknown;
  for (const base of bases.filter((path) => path.startsWith("/") && path.length <= MAX_BASE_LENGTH)) {
    try {
      return await mkdtemp(join(base, "k8s-ha-ssh-"));
    } catch (error) {
      cause = error;
    }
  }
  throw new Failure(`there is no room for ssh's control socket: ${String(cause)}`, {
    hint: "set XDG_RUNTIME_DIR or TMPDIR to a folder that you may write to",
    cause,
  });
}

import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../../failure.js";

// A socket path is limited to 104 characters on some systems, and ssh temporarily appends 17.
const MAX_BASE_LENGTH = 60;

/**
 * Creates a directory (0700) for one control socket, below XDG_RUNTIME_DIR or the directory for temporary files: after
 * `su`, XDG_RUNTIME_DIR may be another user's.
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
  throw new Failure(`cannot create a directory for ssh's control socket: ${String(cause)}`, {
    hint: "set XDG_RUNTIME_DIR or TMPDIR to a directory that you can write to",
    cause,
  });
}

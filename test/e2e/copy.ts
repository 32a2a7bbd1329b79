import { execa } from "execa";
import type { Lab } from "../lab/lab.js";

/** Copies files of the operator's machine into a folder of a host that is running, as root. */
export async function copyTo(
  lab: Lab,
  address: string,
  files: readonly string[],
  folder: string,
): Promise<void> {
  const { key: identity, knownHosts } = lab.files();
  const options = ["-i", identity, "-o", `UserKnownHostsFile=${knownHosts}`, "-o", "BatchMode=yes"];
  const [first = "", ...rest] = [...lab.execLine(), "scp", "-q", ...options];
  await execa(first, [...rest, ...files, `root@${address}:${folder}`]);
}

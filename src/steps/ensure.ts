import type { Change } from "../changes/change.js";
import type { FileState } from "../machine/files.js";
import type { ReadOnlyHost } from "../machine/host.js";
import { missingPackages, packageManager, type PackageManager } from "../machine/packages.js";
import { check, type Check } from "./step.js";

/** The packages that a host lacks. */
export interface PackageFacts {
  readonly name: string;
  readonly manager: PackageManager;
  readonly missing: readonly string[];
}

/** Which of these packages a host lacks, by the name of Debian's and Red Hat's package. */
export async function packageFacts(host: ReadOnlyHost, packages: readonly string[]): Promise<PackageFacts> {
  const [manager, missing] = await Promise.all([
    host.ask(packageManager),
    host.ask(missingPackages(packages)),
  ]);
  return { name: host.name, manager, missing };
}

/** Installs what is missing; no change on a host with another package manager, which preflight refuses. */
export function ensurePackages({ name, manager, missing }: PackageFacts): Change[] {
  if (missing.length === 0 || (manager !== "apt" && manager !== "dnf")) return [];
  return [{ kind: "packages", host: name, manager, install: missing }];
}

/** Whether a host has all of these packages, as a {@link Check}. */
export async function packagesCheck(host: ReadOnlyHost, packages: readonly string[]): Promise<Check> {
  const missing = await host.ask(missingPackages(packages));
  return check(host.name, "packages missing", "none", missing.join(" ") || "none");
}

/** Writes a file of root's, unless the host has it with this content and, if it must be executable, with mode 0755. */
export function ensureFile(
  host: string,
  path: string,
  content: string,
  found: FileState | undefined,
  { isExecutable = false } = {},
): Change[] {
  if (found?.content === content && (!isExecutable || found.mode === "755")) return [];
  const before = found?.content ?? null;
  const mode = isExecutable ? "0755" : "0644";
  return [{ kind: "file", host, path, content, mode, owner: "root:root", before }];
}

/** Sets a kernel parameter until the next boot, unless it has this value. */
export function ensureSysctl(host: string, key: string, value: string, found: string): Change[] {
  return found === value ? [] : [{ kind: "sysctl", host, key, before: found, value }];
}

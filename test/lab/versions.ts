import { readdirSync } from "node:fs";
import { join } from "node:path";
import { LabError } from "./errors.js";

/** What the hosts are made of. */
export interface Release {
  /** Such as `1.37.2`. */
  readonly kubernetes: string;
  /** Debian's release, by number. */
  readonly debian: DebianNumber;
}

const codenames = { "12": "bookworm", "13": "trixie" } as const;
/** A release of Debian that hosts can be made of. */
export type DebianNumber = keyof typeof codenames;

/** The folders with go.mod and go.sum of what is built from Go modules. */
export const modulesFolder = join(import.meta.dirname, "modules");
/** The oldest version, built from Debian's source package. */
export const OLDEST = "1.20.2";
const DEFAULT: Release = { kubernetes: "1.37.2", debian: "13" };

/** The versions pinned of a program, newest first. */
export function pinned(program: string): string[] {
  return readdirSync(modulesFolder)
    .filter((name) => name.startsWith(`${program}-`))
    .map((name) => name.slice(program.length + 1))
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
}

/** The pinned version that stands for one that kubeadm asks for: itself, or the newest of the same minor. */
export function pinnedFor(program: string, wanted: string): string {
  const all = pinned(program);
  const minor = wanted.split(".").slice(0, 2).join(".");
  const found = all.find((each) => each === wanted) ?? all.find((each) => each.startsWith(`${minor}.`));
  if (found !== undefined) return found;
  throw new LabError(`test/lab/modules has no ${program} ${wanted}; modules/pin.sh says which are pinned.`);
}

/**
 * The release that is asked for; what is left out is the scenario's, then the default.
 * @throws LabError for a version that the lab cannot build
 */
export function release(
  asked: { readonly kubernetes?: string | undefined; readonly debian?: string | undefined },
  scenario: { readonly kubernetes?: string | undefined; readonly debian?: DebianNumber | undefined },
): Release {
  const kubernetes = asked.kubernetes ?? scenario.kubernetes ?? DEFAULT.kubernetes;
  const known = [...pinned("kubernetes"), OLDEST];
  if (!known.includes(kubernetes)) {
    throw new LabError(`The lab cannot build Kubernetes ${kubernetes}. Known: ${known.join(", ")}.`);
  }
  // Kubernetes 1.20 was not made for what Debian 13 brings.
  const usual = kubernetes === OLDEST ? "12" : DEFAULT.debian;
  const debian = asked.debian ?? scenario.debian ?? usual;
  if (!isDebian(debian)) {
    throw new LabError(`The lab has no Debian ${debian}. Known: ${Object.keys(codenames).join(", ")}.`);
  }
  return { kubernetes, debian };
}

function isDebian(number: string): number is DebianNumber {
  return number in codenames;
}

/** Such as `trixie`. */
export function codename({ debian }: Pick<Release, "debian">): string {
  return codenames[debian];
}

/** The minor of a version such as `1.37.2`: 37. */
export function minorOf(kubernetes: string): number {
  return Number(kubernetes.split(".")[1]);
}

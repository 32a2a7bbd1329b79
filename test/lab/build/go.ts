import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { LabError } from "../errors.js";
import { runContained } from "../orphan-safe.js";
import { modulesFolder } from "../versions.js";

/** The first Go that fetches a newer one by itself, as a module, where a go.mod asks for it. */
const FETCHES_ITSELF = [1, 21] as const;

/** Go's folders below the build folder. */
export function goFolders(buildFolder: string): Record<string, string> {
  return { GOPATH: join(buildFolder, "gopath"), GOCACHE: join(buildFolder, "gocache") };
}

/** Refuses a Go that is too old to fetch the one that Kubernetes needs. */
export async function checkGo(): Promise<void> {
  const { stdout } = await execa("go", ["version"]);
  const [major = 0, minor = 0] = (/go(\d+)\.(\d+)/.exec(stdout) ?? []).slice(1).map(Number);
  if (major > FETCHES_ITSELF[0] || (major === FETCHES_ITSELF[0] && minor >= FETCHES_ITSELF[1])) return;
  throw new LabError(
    `Kubernetes is built with Go ${FETCHES_ITSELF.join(".")} or newer, and this machine has: ${stdout}.` +
      ` Install a newer one, such as golang-go of Debian's backports.`,
  );
}

/** Builds main packages of one pinned module into a folder, static. */
export async function buildModule(
  buildFolder: string,
  pin: string,
  { packages, out, flags = "" }: { packages: readonly string[]; out: string; flags?: string },
): Promise<void> {
  const work = join(buildFolder, "work", pin);
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  mkdirSync(out, { recursive: true });
  for (const name of ["go.mod", "go.sum"]) copyFileSync(join(modulesFolder, pin, name), join(work, name));
  await runContained(
    ["go", "build", "-trimpath", "-ldflags", `-s -w ${flags}`, "-o", `${out}/`, ...packages],
    {
      cwd: work,
      env: {
        ...goFolders(buildFolder),
        GOFLAGS: "-mod=readonly",
        GO111MODULE: "on",
        GOWORK: "off",
        CGO_ENABLED: "0",
      },
    },
  );
  rmSync(work, { recursive: true });
}

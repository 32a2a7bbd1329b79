import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { LabError } from "../errors.js";
import { runContained } from "../orphan-safe.js";
import { modulesFolder } from "../versions.js";

/** The first Go that fetches a newer one by itself, as a module, where a go.mod asks for it. */
const FETCHES_ITSELF = [1, 21] as const;
/** What an older one, such as Debian 12's, fetches the same way, and its checksum as in a go.sum. */
const TOOLCHAIN = {
  module: "golang.org/toolchain@v0.0.1-go1.26.8.linux-amd64",
  sum: "h1:ZOmGe1OnfREDMIdb1Qi4G9JSuDPBLGExZMQ4nis1RXM=",
};

/** Go's folders below the build folder. */
export function goFolders(buildFolder: string): Record<string, string> {
  return { GOPATH: join(buildFolder, "gopath"), GOCACHE: join(buildFolder, "gocache") };
}

/** The Go that builds: the machine's, or the toolchain module where that one is too old to fetch it by itself. */
async function goProgram(buildFolder: string): Promise<string> {
  const { stdout } = await execa("go", ["version"]);
  const [major = 0, minor = 0] = (/go(\d+)\.(\d+)/.exec(stdout) ?? []).slice(1).map(Number);
  if (major > FETCHES_ITSELF[0] || (major === FETCHES_ITSELF[0] && minor >= FETCHES_ITSELF[1])) return "go";
  const { stdout: found } = await execa("go", ["mod", "download", "-json", TOOLCHAIN.module], {
    // Outside of any module.
    cwd: buildFolder,
    env: goFolders(buildFolder),
    reject: false,
  });
  const { Dir: folder, Sum: sum } = JSON.parse(found || "{}") as { Dir?: string; Sum?: string };
  if (folder === undefined || sum !== TOOLCHAIN.sum) {
    throw new LabError(
      `Kubernetes is built with Go ${FETCHES_ITSELF.join(".")} or newer. This machine has: ${stdout}, and ${TOOLCHAIN.module}` +
        ` could not be fetched (checksum ${sum ?? "unknown"}). Install a newer Go, such as golang-go of Debian's backports.`,
    );
  }
  // A module's files are not executable.
  await execa("chmod", ["-R", "+x", join(folder, "bin"), join(folder, "pkg/tool")]);
  return join(folder, "bin/go");
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
    [
      await goProgram(buildFolder),
      "build",
      "-trimpath",
      "-ldflags",
      `-s -w ${flags}`,
      "-o",
      `${out}/`,
      ...packages,
    ],
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

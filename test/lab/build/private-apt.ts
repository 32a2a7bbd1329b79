import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { LabError } from "../errors.js";
import { debianSources, ofRelease, sourcesText } from "./apt-sources.js";

/** An apt of the lab's own: the machine's mirrors, with source code, and nothing of the machine's state changed. */
export interface PrivateApt {
  /** A `.sources` file. */
  readonly sourcesFile: string;
  readonly codename: string;
  /** Runs apt-get; `status` is the dpkg database that dependencies are reckoned against. */
  run: (
    args: readonly string[],
    where?: { cwd?: string; status?: string; archives?: string },
  ) => Promise<void>;
}

function machineSources(): Map<string, string> {
  const folder = "/etc/apt/sources.list.d";
  const listed = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  const files = ["/etc/apt/sources.list", ...listed].filter((file) => existsSync(file));
  return new Map(files.map((file) => [file, readFileSync(file, "utf8")]));
}

function releaseOfMachine(): { id: string; codename: string } {
  const text = readFileSync("/etc/os-release", "utf8");
  const value = (key: string) => new RegExp(`^${key}="?([^"\n]*)`, "m").exec(text)?.[1] ?? "";
  return { id: value("ID"), codename: value("VERSION_CODENAME") };
}

/** Prepares the private apt for a release of Debian; its lists are brought up to date when it is first used. */
export function privateApt(buildFolder: string, codename: string): PrivateApt {
  const { id, codename: own } = releaseOfMachine();
  const sources = ofRelease(debianSources(machineSources(), own), own, codename);
  if (id !== "debian" || sources.length === 0) {
    throw new LabError(
      `The lab is made of Debian's packages and finds no Debian archive (main) in this machine's apt sources` +
        ` (it is ${id} ${own}).`,
    );
  }
  const folder = join(buildFolder, `apt-${codename}`);
  for (const each of ["state/lists/partial", "cache/archives/partial", "sources"]) {
    mkdirSync(join(folder, each), { recursive: true });
  }
  const sourcesFile = join(folder, "sources", "lab.sources");
  writeFileSync(sourcesFile, sourcesText(sources));
  let updated: Promise<void> | undefined;
  const run: PrivateApt["run"] = async (args, where = {}) => {
    await (updated ??= call(["update"], {}));
    await call(args, where);
  };
  const call: PrivateApt["run"] = async (args, where = {}) => {
    const options = {
      "Dir::State": join(folder, "state"),
      "Dir::State::status": where.status ?? "/var/lib/dpkg/status",
      "Dir::Cache": join(folder, "cache"),
      ...(where.archives === undefined ? {} : { "Dir::Cache::archives": where.archives }),
      "Dir::Etc::sourcelist": "/dev/null",
      "Dir::Etc::sourceparts": join(folder, "sources"),
      // The cache may lie where apt's own user has no access, such as below /root.
      "APT::Sandbox::User": "root",
    };
    const flags = Object.entries(options).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
    await execa("apt-get", ["-qq", ...flags, ...args], {
      ...(where.cwd === undefined ? {} : { cwd: where.cwd }),
      env: { DEBIAN_FRONTEND: "noninteractive" },
    });
  };
  return { sourcesFile, codename, run };
}

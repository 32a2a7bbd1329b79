import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { LabError } from "../errors.js";
import { runContained } from "../orphan-safe.js";
import { cached, digest } from "./cached.js";
import type { PrivateApt } from "./private-apt.js";
import { unpackPackages } from "./root-tree.js";

const debianVersion = "v1.20.2";
const programs = [
  ..."kubeadm kubelet kubectl kube-apiserver kube-controller-manager kube-scheduler kube-proxy".split(" "),
];
const here = import.meta.dirname;
const script = join(here, "kubernetes.sh");
const standIns = join(here, "..", "stand-ins");
const crictl = join(standIns, "crictl");

/** Kubernetes' programs, ready to go onto hosts. */
export interface Programs {
  readonly folder: string;
  /** A digest of what they were made of. */
  readonly key: string;
  /** Such as `v1.20.2`. */
  readonly version: string;
  /** The images' names, as kubeadm asks for them. */
  readonly images: readonly string[];
}

async function source(buildFolder: string, apt: PrivateApt): Promise<string> {
  const folder = join(buildFolder, "source");
  await cached(join(buildFolder, "source.key"), digest([debianVersion]), async () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    await apt.run(["source", "kubernetes"], { cwd: folder });
    await unpackPackages(buildFolder, apt, "reflect2", ["golang-github-modern-go-reflect2-dev"]);
  });
  const wanted = debianVersion.slice(1);
  const tree = readdirSync(folder, { withFileTypes: true }).find(
    (entry) => entry.isDirectory() && entry.name.includes(wanted),
  );
  if (!tree) {
    throw new LabError(
      `This Debian's source package of Kubernetes is not ${wanted} (only Debian 12's is); give ready-made programs with --kube-bin.`,
    );
  }
  return join(folder, tree.name);
}

function goFolders(buildFolder: string): Record<string, string> {
  return { GOPATH: join(buildFolder, "gopath"), GOCACHE: join(buildFolder, "gocache") };
}

async function compile(
  buildFolder: string,
  apt: PrivateApt,
  out: string,
  names: readonly string[],
): Promise<void> {
  const tree = await source(buildFolder, apt);
  const reflect2 = join(buildFolder, "reflect2/usr/share/gocode/src/github.com/modern-go/reflect2");
  await runContained([script, tree, debianVersion, out, reflect2, crictl, ...names], {
    env: goFolders(buildFolder),
  });
}

/** Builds Kubernetes from Debian's source package, and crictl's stand-in with it. */
export async function buildPrograms(buildFolder: string, apt: PrivateApt): Promise<Programs> {
  const folder = join(buildFolder, "bin");
  mkdirSync(folder, { recursive: true });
  const key = digest([debianVersion, ...programs], [script]);
  const crictlKey = digest([key], [crictl]);
  // One run of go for all of them is a minute shorter than two.
  await cached(join(buildFolder, "bin.key"), key, async () => {
    await compile(buildFolder, apt, folder, [...programs, "crictl"]);
  });
  await cached(join(buildFolder, "crictl.key"), crictlKey, () =>
    compile(buildFolder, apt, folder, ["crictl"]),
  );
  return describe(folder, crictlKey);
}

/** Refuses a folder that lacks one of Kubernetes' programs. */
export function checkGivenPrograms(given: string): void {
  const missing = programs.filter((name) => !existsSync(join(given, name)));
  if (missing.length > 0) throw new LabError(`${resolve(given)} lacks ${missing.join(", ")}.`);
}

/** Ready-made programs of any version; crictl's stand-in is built where they bring none. */
export async function givenPrograms(buildFolder: string, apt: PrivateApt, given: string): Promise<Programs> {
  const key = digest([], [...programs.map((name) => join(given, name)), crictl]);
  const folder = join(buildFolder, "given", key);
  mkdirSync(folder, { recursive: true });
  for (const name of [...programs, "crictl"]) {
    if (existsSync(join(given, name))) await execa("cp", ["-f", join(given, name), folder]);
  }
  if (!existsSync(join(folder, "crictl"))) await compile(buildFolder, apt, folder, ["crictl"]);
  return describe(folder, key);
}

async function describe(folder: string, key: string): Promise<Programs> {
  const kubeadm = join(folder, "kubeadm");
  const { stdout: version } = await execa(kubeadm, ["version", "-o", "short"]);
  const { stdout: images } = await execa(kubeadm, [
    "config",
    "images",
    "list",
    "--kubernetes-version",
    version,
  ]);
  return { folder, key, version, images: images.split("\n") };
}

/** Compiles the small programs that stand in for images Debian does not have: `stand-ins` in the build folder. */
export async function buildStandIns(buildFolder: string): Promise<string> {
  const folder = join(buildFolder, "stand-ins");
  const sources = ["coredns", "pause"].map((name) => join(standIns, name));
  await cached(join(buildFolder, "stand-ins.key"), digest([], sources), async () => {
    mkdirSync(folder, { recursive: true });
    await execa("gcc", [
      "-static",
      "-Os",
      "-s",
      "-o",
      join(folder, "pause"),
      join(standIns, "pause/pause.c"),
    ]);
    await execa(
      "go",
      ["build", "-ldflags", "-s -w", "-o", join(folder, "coredns"), join(standIns, "coredns/main.go")],
      {
        env: { ...goFolders(buildFolder), GO111MODULE: "off", CGO_ENABLED: "0", GOFLAGS: "" },
      },
    );
  });
  return folder;
}

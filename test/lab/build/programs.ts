import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { pinned, pinnedFor, minorOf, modulesFolder } from "../versions.js";
import { cached, digest } from "./cached.js";
import { buildModule } from "./go.js";

/** Kubernetes' programs. */
export const PROGRAMS = [
  ..."kubeadm kubelet kubectl kube-apiserver kube-controller-manager kube-scheduler kube-proxy".split(" "),
];

/** containerd's programs. */
export const CONTAINERD = ["containerd", "containerd-shim-runc-v2", "ctr"];

/** What hosts and images of one version of Kubernetes are made of. */
export interface Programs {
  /** Kubernetes' programs, and crictl. */
  readonly folder: string;
  /** etcd, etcdctl, coredns and pause. */
  readonly others: string;
  /** A digest of what they were made of. */
  readonly key: string;
  /** Such as `v1.37.2`. */
  readonly version: string;
  /** The images' names, as kubeadm asks for them. */
  readonly images: readonly string[];
}

/** Builds Kubernetes of a version from Go modules, and the etcd, CoreDNS and crictl that go with it. */
export async function buildPrograms(buildFolder: string, kubernetes: string): Promise<Programs> {
  const pin = `kubernetes-${kubernetes}`;
  const folder = join(buildFolder, "kubernetes", kubernetes);
  const others = join(folder, "others");
  mkdirSync(others, { recursive: true });
  const key = pinKey(pin);
  await cached(join(folder, "built"), key, async () => {
    const packages = PROGRAMS.map((name) => `k8s.io/kubernetes/cmd/${name}`);
    await buildModule(buildFolder, pin, { packages, out: folder, flags: versionFlags(kubernetes) });
  });
  const images = await imagesOf(folder, `v${kubernetes}`);
  const etcd = `etcd-${pinnedFor("etcd", wantedEtcd(images))}`;
  const coredns = `coredns-${pinned("coredns")[0] ?? ""}`;
  const crictl = `cri-tools-${pinned("cri-tools")[0] ?? ""}`;
  const builds = [
    { pin: etcd, packages: ["go.etcd.io/etcd/server/v3", "go.etcd.io/etcd/etcdctl/v3"], out: others },
    { pin: coredns, packages: ["github.com/coredns/coredns"], out: others },
    { pin: crictl, packages: ["sigs.k8s.io/cri-tools/cmd/crictl"], out: folder },
  ];
  for (const { pin: each, packages, out } of builds) {
    await cached(join(out, `${each}.built`), pinKey(each), async () => {
      await buildModule(buildFolder, each, { packages, out });
      // go names a program after its module's folder.
      if (each === etcd) renameSync(join(out, "server"), join(out, "etcd"));
    });
  }
  await buildPause(others);
  return {
    folder,
    others,
    key: digest([key, etcd, coredns, crictl], [pauseSource]),
    version: `v${kubernetes}`,
    images,
  };
}

/** Where containerd of a version is, once it is built. */
export function containerdFolder(buildFolder: string, version: string): string {
  return join(buildFolder, "containerd", version);
}

/** Builds containerd of a version, for scenarios whose hosts do not have Debian's. */
export async function buildContainerd(buildFolder: string, version: string): Promise<void> {
  const pin = `containerd-${pinnedFor("containerd", version)}`;
  const out = containerdFolder(buildFolder, version);
  const packages = CONTAINERD.map((name) => `github.com/containerd/containerd/v2/cmd/${name}`);
  mkdirSync(out, { recursive: true });
  await cached(join(out, "built"), pinKey(pin), async () => {
    const flags = `-X github.com/containerd/containerd/v2/version.Version=v${version}`;
    await buildModule(buildFolder, pin, { packages, out, flags });
  });
}

const pinKey = (pin: string): string => digest([], [join(modulesFolder, pin)]);

function versionFlags(kubernetes: string): string {
  const values = {
    gitVersion: `v${kubernetes}`,
    gitMajor: "1",
    gitMinor: String(minorOf(kubernetes)),
    gitTreeState: "clean",
  };
  return ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"]
    .flatMap((at) => Object.entries(values).map(([name, value]) => `-X ${at}.${name}=${value}`))
    .join(" ");
}

/** The version in an image's name such as `registry.k8s.io/etcd:3.7.0-0`. */
function wantedEtcd(images: readonly string[]): string {
  return /\/etcd:v?([\d.]+)/.exec(images.join("\n"))?.[1] ?? "";
}

/** The images that a kubeadm asks for. */
export async function imagesOf(folder: string, version: string): Promise<string[]> {
  const list = ["config", "images", "list", "--kubernetes-version", version];
  const { stdout } = await execa(join(folder, "kubeadm"), list);
  return stdout.split("\n");
}

const pauseSource = join(import.meta.dirname, "pause.c");

/** Compiles the pause image's program. */
export async function buildPause(out: string): Promise<void> {
  await cached(join(out, "pause.built"), digest([], [pauseSource]), async () => {
    await execa("gcc", ["-static", "-Os", "-s", "-o", join(out, "pause"), pauseSource]);
  });
}

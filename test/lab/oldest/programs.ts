import { cpSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { cached, digest } from "../build/cached.js";
import { goFolders } from "../build/go.js";
import type { PrivateApt } from "../build/private-apt.js";
import { buildPause, imagesOf, PROGRAMS, type Programs } from "../build/programs.js";
import { unpackPackages } from "../build/root-tree.js";
import { LabError } from "../errors.js";
import { runContained } from "../orphan-safe.js";
import { OLDEST } from "../versions.js";

const here = import.meta.dirname;
const script = join(here, "kubernetes.sh");
const crictl = join(here, "crictl");
const coredns = join(here, "coredns", "main.go");

async function source(buildFolder: string, apt: PrivateApt): Promise<string> {
  const folder = join(buildFolder, "source");
  await cached(join(buildFolder, "source.key"), digest([OLDEST]), async () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    await apt.run(["source", "kubernetes"], { cwd: folder });
    await unpackPackages(buildFolder, apt, "reflect2", ["golang-github-modern-go-reflect2-dev"]);
  });
  const tree = readdirSync(folder, { withFileTypes: true }).find(
    (entry) => entry.isDirectory() && entry.name.includes(OLDEST),
  );
  if (!tree) throw new LabError(`Debian 12's source package of Kubernetes is not ${OLDEST} any more.`);
  return join(folder, tree.name);
}

/** Builds Kubernetes from Debian 12's source package, and what stands in for CoreDNS and crictl; etcd is Debian's. */
export async function buildOldest(buildFolder: string, apt: PrivateApt): Promise<Programs> {
  const folder = join(buildFolder, "kubernetes", OLDEST);
  const others = join(folder, "others");
  mkdirSync(others, { recursive: true });
  const key = digest([OLDEST, ...PROGRAMS], [script, crictl, coredns]);
  await cached(join(folder, "built"), key, async () => {
    const tree = await source(buildFolder, apt);
    const reflect2 = join(buildFolder, "reflect2/usr/share/gocode/src/github.com/modern-go/reflect2");
    await runContained([script, tree, `v${OLDEST}`, folder, reflect2, crictl, ...PROGRAMS, "crictl"], {
      env: goFolders(buildFolder),
    });
    await execa("go", ["build", "-ldflags", "-s -w", "-o", join(others, "coredns"), coredns], {
      env: { ...goFolders(buildFolder), GO111MODULE: "off", CGO_ENABLED: "0", GOFLAGS: "" },
    });
    await unpackPackages(buildFolder, apt, "etcd", ["etcd-server", "etcd-client"]);
    for (const name of ["etcd", "etcdctl"]) {
      cpSync(join(buildFolder, "etcd", "usr", "bin", name), join(others, name));
    }
  });
  await buildPause(others);
  const images = await imagesOf(folder, `v${OLDEST}`);
  return { folder, others, key, version: `v${OLDEST}`, images };
}

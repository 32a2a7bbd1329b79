import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { runContained } from "../orphan-safe.js";
import { cached, digest } from "./cached.js";
import type { PrivateApt } from "./private-apt.js";

const packages = [
  ..."ca-certificates systemd systemd-sysv dbus openssh-server sudo iproute2 iputils-ping iputils-arping".split(
    " ",
  ),
  ..."procps openssl netcat-openbsd curl kmod iptables nftables conntrack ethtool socat ebtables".split(" "),
  ..."python3-minimal less vim-tiny jq containerd runc containernetworking-plugins".split(" "),
];

/** What a host can install while it is cut off from the world. */
export const installable = ["haproxy", "keepalived", "firewalld", "python3-apt", "rsync", "tcpdump", "ufw"];

const leftOut = ["doc", "man", "locale"].map((folder) => `path-exclude=/usr/share/${folder}/*`);

/** A bare Debian as a tar file: `root-CODENAME.tar` in the build folder. */
export async function makeRootTree(buildFolder: string, apt: PrivateApt): Promise<string> {
  const archive = join(buildFolder, `root-${apt.codename}.tar`);
  const key = digest([apt.codename, ...packages, ...leftOut]);
  await cached(`${archive}.key`, key, async () => {
    const options = [
      "--quiet",
      "--mode=root",
      "--variant=minbase",
      "--components=main",
      "--format=tar",
      '--aptopt=APT::Install-Recommends "false"',
      ...leftOut.map((option) => `--dpkgopt=${option}`),
      `--include=${packages.join(",")}`,
    ];
    await runContained(["mmdebstrap", ...options, apt.codename, `${archive}.part`, apt.sourcesFile]);
    renameSync(`${archive}.part`, archive);
  });
  return archive;
}

/** The packages for the hosts' own repository, with what they depend on that `root` lacks: a folder of the build folder. */
export async function makeRepository(buildFolder: string, apt: PrivateApt, root: string): Promise<string> {
  const folder = join(buildFolder, `debs-${apt.codename}`);
  const status = join(root, "var/lib/dpkg/status");
  await cached(`${folder}.key`, digest(installable, [status]), async () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, "partial"), { recursive: true });
    // A newer package of the tree in the archive would be an upgrade; only what is new counts.
    await apt.run(["install", "-y", "--download-only", "--no-install-recommends", ...installable], {
      status,
      archives: folder,
    });
    for (const name of readdirSync(folder))
      if (!name.endsWith(".deb")) rmSync(join(folder, name), { recursive: true });
    const { stdout } = await execa("dpkg-scanpackages", ["-m", "."], { cwd: folder });
    writeFileSync(join(folder, "Packages"), `${stdout}\n`);
  });
  return folder;
}

/** Downloads packages and unpacks them, without installing, into one folder of the build folder. */
export async function unpackPackages(
  buildFolder: string,
  apt: PrivateApt,
  folder: string,
  names: readonly string[],
): Promise<void> {
  const downloads = join(buildFolder, `${folder}.debs`);
  for (const each of [downloads, join(buildFolder, folder)]) rmSync(each, { recursive: true, force: true });
  mkdirSync(downloads);
  await apt.run(["download", ...names], { cwd: downloads });
  for (const file of readdirSync(downloads)) {
    await execa("dpkg-deb", ["-x", join(downloads, file), join(buildFolder, folder)]);
  }
  rmSync(downloads, { recursive: true });
}

import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { MANAGED } from "../../src/config-files/managed.js";
import { isForeignFile, missingPackages, packageManager } from "../../src/machine/packages.js";
import { Sandbox } from "./sandbox.js";

const PATH = "/etc/haproxy/haproxy.cfg";
const DEFAULT = "global\n    log /dev/log local0\n";

/** Whether the file is foreign on a host whose package installed {@link DEFAULT}. */
async function foreign(content: string | undefined, installed = true): Promise<boolean> {
  using sandbox = new Sandbox();
  const md5 = createHash("md5").update(DEFAULT).digest("hex");
  const conffiles = ` /etc/default/haproxy 0123\n ${sandbox.path(PATH)} ${md5}\n`;
  sandbox.answer("dpkg-query", installed ? `printf '%s' '${conffiles}'` : "exit 1");
  if (content !== undefined) sandbox.file(PATH, content);
  return await sandbox.host().ask(isForeignFile(PATH, { mark: MANAGED, package: "haproxy" }));
}

describe("isForeignFile", () => {
  it.each([
    ["no file", undefined, false],
    ["a file managed by k8s-ha", `${MANAGED}\nglobal\n`, false],
    ["a file managed by k8s-ha that was edited", `${MANAGED}\nfrontend shop\n`, false],
    ["the package's own file", DEFAULT, false],
    ["the package's file, edited", `${DEFAULT}frontend shop\n`, true],
    ["an empty file", "", true],
    ["our mark not on the first line", `frontend shop\n${MANAGED}\n`, true],
  ])("%s", async (_, content, expected) => {
    expect(await foreign(content)).toBe(expected);
  });

  it("treats a file as not managed if the package was never installed", async () => {
    expect(await foreign(DEFAULT, false)).toBe(true);
    expect(await foreign(undefined, false)).toBe(false);
  });
});

describe("missingPackages", () => {
  /** dpkg-query as it responds to several names: one line for each known one, errors and exit code 1 for others. */
  const answer = (sandbox: Sandbox, lines: readonly string[]): void => {
    sandbox.answer(
      "dpkg-query",
      `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(" ")}
echo 'dpkg-query: no packages found matching curl' >&2; exit 1`,
    );
  };

  it("counts a removed package with remaining configuration as missing", async () => {
    using sandbox = new Sandbox();
    answer(sandbox, ["ii  haproxy", "rc  keepalived"]);
    const missing = await sandbox.host().ask(missingPackages(["haproxy", "keepalived", "curl"]));
    expect(missing).toEqual(["keepalived", "curl"]);
    expect(sandbox.calls("dpkg-query")).toEqual([
      ["dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Package}\\n", "haproxy", "keepalived", "curl"],
    ]);
  });

  it("does not count a half-installed package, or one with a longer name", async () => {
    using sandbox = new Sandbox();
    answer(sandbox, ["iU  haproxy", "ii  keepalived-dev", "ii  curl"]);
    const missing = await sandbox.host().ask(missingPackages(["haproxy", "keepalived", "curl"]));
    expect(missing).toEqual(["haproxy", "keepalived"]);
  });
});

// /etc/redhat-release as published for these releases; rpm's output as rpm(8) describes its query formats.
const RELEASES: readonly [string, string][] = [
  ["Rocky Linux release 8.10 (Green Obsidian)", "dnf"],
  ["Rocky Linux release 9.4 (Blue Onyx)", "dnf"],
  ["AlmaLinux release 8.10 (Cerulean Leopard)", "dnf"],
  ["AlmaLinux release 9.4 (Seafoam Ocelot)", "dnf"],
  ["AlmaLinux release 10.0 (Purple Lion)", "dnf"],
  ["Red Hat Enterprise Linux release 10.0 (Coughlan)", "dnf"],
  ["CentOS Linux release 7.9.2009 (Core)", "yum"],
  ["Red Hat Enterprise Linux Server release 7.9 (Maipo)", "yum"],
];
const redHat = (): Sandbox => {
  const sandbox = new Sandbox();
  sandbox.file("/etc/redhat-release", `${RELEASES[1]?.[0] ?? ""}\n`);
  return sandbox;
};

describe("packageManager", () => {
  it.each(RELEASES)("%s has %s", async (release, expected) => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/redhat-release", `${release}\n`);
    expect(await sandbox.host().ask(packageManager)).toBe(expected);
  });

  it("is apt if installed, except on Red Hat", async () => {
    using sandbox = new Sandbox();
    expect(await sandbox.host().ask(packageManager)).toBe("apt");
  });
});

describe("with rpm", () => {
  it("a package counts if another one provides it, such as curl-minimal", async () => {
    using sandbox = redHat();
    sandbox.answer(
      "rpm",
      'case "$*" in *curl) echo curl-minimal-7.76.1-29.el9.x86_64 ;; *) echo "no package provides $3"; exit 1 ;; esac',
    );
    expect(await sandbox.host().ask(missingPackages(["haproxy", "keepalived", "curl"]))).toEqual([
      "haproxy",
      "keepalived",
    ]);
    expect(sandbox.calls("dpkg-query")).toEqual([]);
    expect(sandbox.commands("rpm")[0]).toBe("rpm -q --whatprovides haproxy");
  });

  it.each([
    ["the package's own file", DEFAULT, false],
    ["the package's file, edited", `${DEFAULT}frontend shop\n`, true],
    ["a file managed by k8s-ha", `${MANAGED}\nglobal\n`, false],
  ])("%s", async (_, content, expected) => {
    using sandbox = redHat();
    const sha256 = createHash("sha256").update(DEFAULT).digest("hex");
    sandbox.answer(
      "rpm",
      `printf '%s\\n' '/etc/haproxy ' '${sandbox.path(PATH)} ${sha256}' '/usr/sbin/haproxy ${"0".repeat(64)}'`,
    );
    sandbox.file(PATH, content);
    const look = isForeignFile(PATH, { mark: MANAGED, package: "haproxy" });
    expect(await sandbox.host().ask(look)).toBe(expected);
  });
});

import { existsSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { Sandbox } from "../machine/sandbox.js";
import { driftOf, stateBefore, make, undoChange, undoOf } from "./context.js";
import { itIsShownAs } from "./shown.js";

const ours = ["haproxy", "keepalived"];
const change: Change = { kind: "packages", host: "lb1", manager: "apt", install: ours };

describe("packages", () => {
  itIsShownAs(change, {
    mark: "+",
    describe: "install haproxy, keepalived",
    diff: "+ haproxy\n+ keepalived",
  });

  it("are installed by apt-get without questions, with a fresh index only if needed", async () => {
    using sandbox = new Sandbox();
    sandbox.runsUnits();
    sandbox.answer(
      "apt-get",
      'case "$*" in *install*) [ -f "$SANDBOX/index" ] ;; *update*) touch "$SANDBOX/index" ;; esac',
    );
    await make(sandbox, change);
    const calls = sandbox.commands("dpkg", "apt-get");
    expect(calls[0]).toBe("dpkg --configure -a");
    expect(calls.slice(1).map((call) => /update|install haproxy keepalived$/.exec(call)?.[0])).toEqual([
      "install haproxy keepalived",
      "update",
      "install haproxy keepalived",
    ]);
  });

  const apt = `case "$*" in
*" -s "*install*) printf 'Inst liblua5.3-0 (5.3.6-2 Debian [amd64])\\nInst libc6 [2.36-8] (2.36-9 Debian)\\nInst haproxy (2.6.12-1 Debian)\\nConf haproxy (2.6.12-1 Debian)\\n' ;;
*" -s "*purge*) cat "$SANDBOX/going" ;;
esac`;

  it("that were added, including dependencies, are purged; those that were installed or had been removed are not", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("apt-get", apt);
    sandbox.answer("dpkg-query", "printf 'ii  libc6\\nrc  liblua5.3-0\\n'");
    expect(await stateBefore(sandbox, change)).toEqual({ purge: ["haproxy"], remove: ["liblua5.3-0"] });
  });

  it("update the index if apt does not know them", async () => {
    using sandbox = new Sandbox();
    sandbox.answer(
      "apt-get",
      'case "$*" in *update*) touch "$SANDBOX/updated" ;; *) [ -e "$SANDBOX/updated" ] ;; esac',
    );
    await stateBefore(sandbox, change);
    expect(sandbox.commands("apt-get")[1]).toBe("apt-get -q update");
  });

  it("of several runs add up", () => {
    const merged = undoOf(change).merge?.({ purge: ["a"], remove: ["r"] }, { purge: ["b"], remove: ["a"] });
    expect(merged).toEqual({ purge: ["a", "b"], remove: ["r"] });
  });

  it("are removed with files that keepalived wrote itself, and no other files", async () => {
    const own = "/etc/iproute2/rt_addrprotos.d/keepalived.conf";
    const keepalived: Change = { kind: "packages", host: "lb1", manager: "apt", install: ["keepalived"] };
    const before = { purge: ["keepalived"], remove: [] };
    for (const others of [[], ["/etc/iproute2/rt_tables"]]) {
      using sandbox = new Sandbox();
      sandbox.runsUnits();
      sandbox.answer("apt-get", apt);
      sandbox.file("/going", "Purg keepalived [2.3]\n");
      for (const path of [own, "/etc/hosts", ...others]) sandbox.file(path, "");
      await undoChange(sandbox, keepalived, before);
      expect(readdirSync(sandbox.path("/etc")).sort()).toEqual(
        others.length === 0 ? ["hosts"] : ["hosts", "iproute2"],
      );
      expect(existsSync(sandbox.path(own))).toBe(false);
    }
  });

  it("stay if another package depends on them now", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("apt-get", apt);
    sandbox.file("/going", "Purg haproxy [2.6]\nRemv shop [1.0]\n");
    const before = { purge: ["haproxy"], remove: [] };
    expect(await driftOf(sandbox, change, before)).toBe("shop would be removed too");
    await undoChange(sandbox, change, before);
    expect(sandbox.calls("systemd-run")).toEqual([]);
  });
});

// dnf 4 (Rocky Linux, AlmaLinux and RHEL 8 to 10), with output as its documentation shows it; not run on such a host.
const byDnf: Change = { ...change, manager: "dnf" };
const head = `Last metadata expiration check: 0:12:21 ago on Sat 21 Nov 2026 08:39:12 AM UTC.
Dependencies resolved.
================================================================================
 Package               Architecture Version                Repository      Size
================================================================================
`;
const summary = `
Transaction Summary
================================================================================
Install  4 Packages

Total download size: 3.9 M
Installed size: 11 M
Operation aborted.
`;
const INSTALL = `${head}Installing:
 haproxy               x86_64       2.4.22-3.el9           appstream      2.2 M
 keepalived            x86_64       2.2.8-3.el9            appstream      585 k
Upgrading:
 openssl-libs          x86_64       1:3.0.7-27.el9         baseos         2.1 M
Installing dependencies:
 a-package-with-a-name-that-is-too-long-for-its-column
                       x86_64       1:5.9.1-13.el9         appstream      321 k
 lm_sensors-libs       x86_64       3.6.0-10.el9           appstream       41 k
${summary}`;
const removal = (...rows: string[]): string => `${head}Removing:
 haproxy               x86_64       2.4.22-3.el9           @appstream     6.9 M
 keepalived            x86_64       2.2.8-3.el9            @appstream     1.9 M
${rows.join("")}${summary}`;
const DEPENDENT = `Removing dependent packages:
 shop                  x86_64       1.0-1                  @shop          1.0 M
`;

/** A dnf that prints this, and exits with 1 as it does when it is answered no; all packages are installed. */
function dnf(printed: string): Sandbox {
  const sandbox = new Sandbox();
  sandbox.runsUnits();
  sandbox.file("/printed", printed);
  sandbox.answer("dnf", 'case "$*" in *assumeno*) cat "$SANDBOX/printed"; exit 1 ;; esac');
  return sandbox;
}

describe("packages by dnf", () => {
  it("are installed without questions and without recommended packages", async () => {
    using sandbox = dnf("");
    await make(sandbox, byDnf);
    expect(sandbox.commands("dnf")).toEqual([
      "dnf --setopt=install_weak_deps=False --setopt=clean_requirements_on_remove=False -y install haproxy keepalived",
    ]);
    expect(sandbox.calls("apt-get", "dpkg")).toEqual([]);
  });

  it("that are added are the newly installed ones, including dependencies; upgraded ones were installed before", async () => {
    using sandbox = dnf(INSTALL);
    expect(await stateBefore(sandbox, byDnf)).toEqual({
      purge: [...ours, "a-package-with-a-name-that-is-too-long-for-its-column", "lm_sensors-libs"],
      remove: [],
    });
  });

  it("are not installed if dnf cannot list what it would add", async () => {
    using sandbox = dnf("Error: Unable to find a match: keepalived\n");
    await expect(stateBefore(sandbox, byDnf)).rejects.toMatchObject({ code: 1 });
  });

  it("are none if all are installed", async () => {
    using sandbox = dnf(
      "Package haproxy-2.4.22-3.el9.x86_64 is already installed.\nNothing to do.\nComplete!\n",
    );
    expect(await stateBefore(sandbox, byDnf)).toEqual({ purge: [], remove: [] });
  });

  it("are removed again, and no others", async () => {
    using sandbox = dnf(removal());
    const before = { purge: [...ours, "gone"], remove: [] };
    sandbox.answer("rpm", 'case "$*" in *gone*) exit 1 ;; esac');
    expect(await driftOf(sandbox, byDnf, before)).toBeUndefined();
    await undoChange(sandbox, byDnf, before);
    expect(sandbox.commands("dnf").at(-1)).toMatch(/ -y remove haproxy keepalived$/);
  });

  it("stay if another package depends on them now", async () => {
    using sandbox = dnf(removal(DEPENDENT));
    const before = { purge: ours, remove: [] };
    expect(await driftOf(sandbox, byDnf, before)).toBe("shop would be removed too");
    await undoChange(sandbox, byDnf, before);
    expect(sandbox.calls("systemd-run")).toEqual([]);
  });

  it("are not queried if none is still installed", async () => {
    using sandbox = dnf("");
    sandbox.answer("rpm", "exit 1");
    await undoChange(sandbox, byDnf, { purge: ours, remove: [] });
    expect(sandbox.calls("dnf")).toEqual([]);
  });
});

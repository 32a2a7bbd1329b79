import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { Sandbox } from "../machine/sandbox.js";
import { driftOf, lookBefore, make, takeBack } from "./context.js";

// dnf 4 (Rocky Linux, AlmaLinux and RHEL 8 to 10), laid out as its documentation shows it; never run on such a host.
const change: Change = {
  kind: "packages",
  host: "lb1",
  manager: "dnf",
  install: ["haproxy", "keepalived"],
};
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

/** dnf that tells this, and ends with 1 as it does when it is told not to go on; everything is installed. */
function dnf(tells: string): Sandbox {
  const sandbox = new Sandbox();
  sandbox.runsUnits();
  sandbox.file("/tells", tells);
  sandbox.answer("dnf", 'case "$*" in *assumeno*) cat "$SANDBOX/tells"; exit 1 ;; esac');
  return sandbox;
}
const ours = ["haproxy", "keepalived"];

describe("packages by dnf", () => {
  it("are installed without questions and without what is only recommended", async () => {
    using sandbox = dnf("");
    await make(sandbox, change);
    expect(sandbox.commands("dnf")).toEqual([
      "dnf --setopt=install_weak_deps=False --setopt=clean_requirements_on_remove=False -y install haproxy keepalived",
    ]);
    expect(sandbox.calls("apt-get", "dpkg")).toEqual([]);
  });

  it("that are added are those that are installed, including dependencies; what is upgraded was installed before", async () => {
    using sandbox = dnf(INSTALL);
    expect(await lookBefore(sandbox, change)).toEqual({
      purge: [...ours, "a-package-with-a-name-that-is-too-long-for-its-column", "lm_sensors-libs"],
      remove: [],
    });
  });

  it("are not installed if dnf cannot list what it would add", async () => {
    using sandbox = dnf("Error: Unable to find a match: keepalived\n");
    await expect(lookBefore(sandbox, change)).rejects.toMatchObject({ code: 1 });
  });

  it("are none if all are installed", async () => {
    using sandbox = dnf(
      "Package haproxy-2.4.22-3.el9.x86_64 is already installed.\nNothing to do.\nComplete!\n",
    );
    expect(await lookBefore(sandbox, change)).toEqual({ purge: [], remove: [] });
  });

  it("are removed again, and no others", async () => {
    using sandbox = dnf(removal());
    const before = { purge: [...ours, "gone"], remove: [] };
    sandbox.answer("rpm", 'case "$*" in *gone*) exit 1 ;; esac');
    expect(await driftOf(sandbox, change, before)).toBeUndefined();
    await takeBack(sandbox, change, before);
    expect(sandbox.commands("dnf").at(-1)).toMatch(/ -y remove haproxy keepalived$/);
  });

  it("stay if something else needs them by now", async () => {
    using sandbox = dnf(removal(DEPENDENT));
    const before = { purge: ours, remove: [] };
    expect(await driftOf(sandbox, change, before)).toBe("shop would be removed too");
    await takeBack(sandbox, change, before);
    expect(sandbox.calls("systemd-run")).toEqual([]);
  });

  it("are not queried if none is installed any more", async () => {
    using sandbox = dnf("");
    sandbox.answer("rpm", "exit 1");
    await takeBack(sandbox, change, { purge: ours, remove: [] });
    expect(sandbox.calls("dnf")).toEqual([]);
  });
});

import { runAsUnit } from "../machine/systemd.js";
import { sh } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** Debian packages are installed. */
export interface PackagesChange extends BaseChange {
  readonly kind: "packages";
  readonly install: readonly string[];
}

/** Installs with apt-get, as a unit of its own so that dpkg is never cut off in the middle. */
export const packagesKind: ChangeKind<PackagesChange> = {
  kind: "packages",
  describe: (c) => `install ${c.install.join(", ")}`,
  diff: (c) => c.install.map((name) => `+ ${name}`).join("\n"),
  async apply(c, { host }) {
    // The package index is fetched only where the install cannot do without: an old one is good enough otherwise.
    const install = sh`apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confold install ${c.install}`;
    await runAsUnit(
      host,
      "packages",
      sh`export DEBIAN_FRONTEND=noninteractive; dpkg --configure -a; ${install} || { apt-get -q update && ${install}; }`,
      { timeoutSeconds: 600 },
    );
  },
};

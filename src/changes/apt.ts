import { sh, type Shell } from "../shell/shell.js";
import type { PackageTool } from "./package-tool.js";

/** The package tool of Debian and Ubuntu. */
export const apt: PackageTool = {
  install: (names) =>
    sh`export DEBIAN_FRONTEND=noninteractive; dpkg --configure -a; ${withIndex(installation(["-y"], names))}`,
  simulateInstall: (names) =>
    sh`{ ${withIndex(installation(["-s"], names))}; } || exit
echo "removed before:"; dpkg-query -W -f ${"${db:Status-Abbrev} ${Package}\n"} | sed -n 's/^rc *//p'`,
  arriving(out) {
    const [simulated = "", removed = ""] = out.split("removed before:\n");
    // `Inst NAME (NEW …)` is new, `Inst NAME [OLD] (NEW …)` was installed before.
    const news = [...simulated.matchAll(/^Inst (\S+) \(/gm)].map((m) => m[1] ?? "");
    const left = new Set(removed.split("\n").map((line) => line.trim()));
    return { purge: news.filter((n) => !left.has(n)), remove: news.filter((n) => left.has(n)) };
  },
  simulateRemoval: (names) =>
    sh`set --; for p in ${names}; do if dpkg-query -W "$p" >/dev/null 2>&1; then set -- "$@" "$p"; fi; done
if [ $# -gt 0 ]; then ${aptGet} -s purge "$@"; fi`,
  leaving: (out) => [...new Set([...out.matchAll(/^(?:Remv|Purg) (\S+)/gm)].map((m) => m[1] ?? ""))],
  removal: ({ purge, remove }) =>
    sh`export DEBIAN_FRONTEND=noninteractive; dpkg --configure -a
names() { for p in "$@"; do dpkg-query -W -f ${"${Package}\n"} "$p" 2>/dev/null; done; }
remove=$(names ${remove}); [ -z "$remove" ] || ${aptGet} -y remove $remove || exit
purge=$(names ${purge}); [ -z "$purge" ] || ${aptGet} -y purge $purge`,
};

const aptGet = sh`apt-get -q -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confold`;

function installation(how: readonly string[], names: readonly string[]): Shell {
  return sh`${aptGet} ${how} --no-install-recommends install ${names}`;
}

/** Updates the package index only if the installation fails with the existing one. */
function withIndex(install: Shell): Shell {
  return sh`${install} || { apt-get -q update >&2 && ${install}; }`;
}

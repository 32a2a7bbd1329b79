import { remoteQuery } from "../machine/query.js";
import { runAsUnit } from "../machine/systemd.js";
import { sh, type Shell } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** Debian packages are installed. */
export interface PackagesChange extends BaseChange {
  readonly kind: "packages";
  readonly install: readonly string[];
}

/** The packages that come, dependencies among them. */
interface Before {
  /** Nothing of them was there. */
  readonly purge: readonly string[];
  /** Removed before, with their configuration left: it stays again. */
  readonly remove: readonly string[];
}

/** Installs with apt-get, as a unit of its own so that dpkg is never cut off in the middle. */
export const packagesKind: ChangeKind<PackagesChange, Before> = {
  kind: "packages",
  describe: (c) => `install ${c.install.join(", ")}`,
  diff: (c) => c.install.map((name) => `+ ${name}`).join("\n"),
  async apply(c, { host }) {
    const install = installation(["-y"], c);
    await runAsUnit(
      host,
      "packages",
      sh`export DEBIAN_FRONTEND=noninteractive; dpkg --configure -a; ${withIndex(install)}`,
      { timeoutSeconds: 600 },
    );
  },
  undo: {
    target: () => "packages",
    async before(c, { host }) {
      const out = await host.run(
        sh`{ ${withIndex(installation(["-s"], c))}; } || exit
echo "removed before:"; dpkg-query -W -f ${"${db:Status-Abbrev} ${Package}\n"} | sed -n 's/^rc *//p'`,
        { timeoutSeconds: 300 },
      );
      const [simulated = "", removed = ""] = out.split("removed before:\n");
      // `Inst NAME (NEW …)` is new, `Inst NAME [OLD] (NEW …)` was there.
      const news = [...simulated.matchAll(/^Inst (\S+) \(/gm)].map((m) => m[1] ?? "");
      const left = new Set(removed.split("\n").map((line) => line.trim()));
      return { purge: news.filter((n) => !left.has(n)), remove: news.filter((n) => left.has(n)) };
    },
    merge: (earlier, later) => ({
      remove: [...new Set([...earlier.remove, ...later.remove.filter((n) => !earlier.purge.includes(n))])],
      purge: [...new Set([...earlier.purge, ...later.purge])],
    }),
    describe: (_, { purge, remove }) =>
      [...(purge.length > 0 ? [`purge ${purge.join(", ")}`] : []), ...remove.map((n) => `remove ${n}`)].join(
        "; ",
      ),
    async drift(_, before, host) {
      const others = await host.ask(
        remoteQuery(goings(before), (out) => parseGoings(out).filter((name) => !ours(before).includes(name))),
      );
      return others.length === 0 ? undefined : `${others.join(", ")} would have to go too`;
    },
    async undo(_, before, { host, note }) {
      const going = parseGoings(await host.run(goings(before)));
      const others = going.filter((name) => !ours(before).includes(name));
      if (others.length > 0) {
        note(`${ours(before).join(", ")} stay: without them ${others.join(", ")} would have to go too`);
        return;
      }
      if (going.length === 0) return;
      await runAsUnit(
        host,
        "purge",
        sh`export DEBIAN_FRONTEND=noninteractive; dpkg --configure -a
names() { for p in "$@"; do dpkg-query -W -f ${"${Package}\n"} "$p" 2>/dev/null; done; }
remove=$(names ${before.remove}); [ -z "$remove" ] || ${apt} -y remove $remove || exit
purge=$(names ${before.purge}); [ -z "$purge" ] || ${apt} -y purge $purge`,
        { timeoutSeconds: 600 },
      );
    },
  },
};

const apt = sh`apt-get -q -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confold`;

function installation(how: readonly string[], { install }: PackagesChange): Shell {
  return sh`${apt} ${how} --no-install-recommends install ${install}`;
}

/** The package index is fetched only where it cannot be done without: an old one is good enough otherwise. */
function withIndex(install: Shell): Shell {
  return sh`${install} || { apt-get -q update >&2 && ${install}; }`;
}

/** Everything that was not there before. */
function ours({ purge, remove }: Before): readonly string[] {
  return [...purge, ...remove];
}

/** What apt would take away, were our packages to go. */
function goings(before: Before): Shell {
  return sh`set --; for p in ${ours(before)}; do if dpkg-query -W "$p" >/dev/null 2>&1; then set -- "$@" "$p"; fi; done
if [ $# -gt 0 ]; then ${apt} -s purge "$@"; fi`;
}

function parseGoings(out: string): string[] {
  return [...new Set([...out.matchAll(/^(?:Remv|Purg) (\S+)/gm)].map((m) => m[1] ?? ""))];
}

import { dirname } from "node:path/posix";
import { remoteQuery } from "../machine/query.js";
import { runAsUnit } from "../machine/systemd.js";
import { sh } from "../shell/shell.js";
import { apt } from "./apt.js";
import { dnf } from "./dnf.js";
import type { BaseChange, ChangeKind } from "./kind.js";
import type { Arriving, PackageTool } from "./package-tool.js";

const TOOLS = { apt, dnf };

/** Installs packages. */
export interface PackagesChange extends BaseChange {
  readonly kind: "packages";
  readonly manager: keyof typeof TOOLS;
  readonly install: readonly string[];
}

/** A package manager that is stopped leaves half-installed packages, so a slow mirror must not reach this limit. */
const UNIT_SECONDS = 3600;

/** Installs in a systemd unit, so that the package manager is never interrupted. */
export const packagesKind: ChangeKind<PackagesChange, Arriving> = {
  kind: "packages",
  mark: "+",
  survivesReset: true,
  describe: (c) => `install ${c.install.join(", ")}`,
  diff: (c) => c.install.map((name) => `+ ${name}`).join("\n"),
  async apply(c, { host }) {
    await runAsUnit(host, "packages", toolOf(c).install(c.install), { timeoutSeconds: UNIT_SECONDS });
  },
  undo: {
    target: () => "packages",
    before: async (c, { host }) => {
      const tool = toolOf(c);
      return tool.arriving(await host.run(tool.simulateInstall(c.install), { timeoutSeconds: 300 }));
    },
    merge: (earlier, later) => ({
      remove: [...new Set([...earlier.remove, ...later.remove.filter((n) => !earlier.purge.includes(n))])],
      purge: [...new Set([...earlier.purge, ...later.purge])],
    }),
    describe: (_, { purge, remove }) =>
      [...(purge.length > 0 ? [`purge ${purge.join(", ")}`] : []), ...remove.map((n) => `remove ${n}`)].join(
        "; ",
      ),
    async drift(c, before, host) {
      const tool = toolOf(c);
      const others = await host.ask(
        remoteQuery(tool.simulateRemoval(ours(before)), (out) => besides(before, tool.leaving(out))),
      );
      return others.length === 0 ? undefined : `${others.join(", ")} would be removed too`;
    },
    async undo(c, before, { host, note }) {
      const tool = toolOf(c);
      const going = tool.leaving(await host.run(tool.simulateRemoval(ours(before))));
      const others = besides(before, going);
      if (others.length > 0) {
        note(
          `${ours(before).join(", ")} stay installed: otherwise ${others.join(", ")} would be removed too`,
        );
        return;
      }
      if (going.length === 0) return;
      await runAsUnit(host, "purge", tool.removal(before), { timeoutSeconds: UNIT_SECONDS });
      if (before.purge.includes("keepalived")) await host.run(KEEPALIVED_LEAVES);
    },
  },
};

/** keepalived 2.3 writes this file when it starts (lib/rttables.c), and its removal leaves it. */
const PROTOCOL = "/etc/iproute2/rt_addrprotos.d/keepalived.conf";
const KEEPALIVED_LEAVES = sh`[ ! -e ${PROTOCOL} ] || { rm -f ${PROTOCOL}; rmdir -p --ignore-fail-on-non-empty ${dirname(PROTOCOL)}; }`;

function toolOf({ manager }: PackagesChange): PackageTool {
  return TOOLS[manager];
}

/** Every package that was not installed before. */
function ours({ purge, remove }: Arriving): readonly string[] {
  return [...purge, ...remove];
}

function besides(before: Arriving, names: readonly string[]): string[] {
  return names.filter((name) => !ours(before).includes(name));
}

import { basename } from "node:path";
import type { Family } from "../address.js";
import { BESIDE } from "../machine/files.js";
import { hasUfw, ufwNames, ufwState } from "../machine/ufw.js";
import { sh, shellLines, type Shell } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** Allows ports and VRRP in ufw, now and after the next boot. */
export interface UfwChange extends BaseChange {
  readonly kind: "ufw";
  /** Such as `6443/tcp`. */
  readonly ports: readonly string[];
  readonly vrrp: boolean;
  /** The VIP's family, if it is not IPv4, for the VRRP rule; ufw opens a port for both families. */
  readonly family?: "ipv6";
}

/** The rules of a change that did not exist before. */
interface Before {
  readonly ports: readonly string[];
  readonly vrrp: boolean;
}

const BEGIN = "# BEGIN k8s-ha";
const END = "# END k8s-ha";

function familyOf(change: UfwChange): Family {
  return change.family ?? "ipv4";
}

function vrrpRule(family: Family): string {
  return `-A ${ufwNames(family).chains}-before-input -p 112 -j ACCEPT`;
}

/**
 * Allows the traffic that a load balancer needs in ufw. VRRP goes into the file that ufw reads before its own rules: its
 * command supports the protocol only since version 0.36.2.
 */
export const ufwKind: ChangeKind<UfwChange, Before> = {
  kind: "ufw",
  mark: "+",
  survivesReset: true,
  describe: (c) => `ufw: allow ${inWords(c)}`,
  diff: (c) =>
    [
      ...c.ports.map((port) => `+ ufw allow ${port}`),
      ...(c.vrrp ? [`+ ${ufwNames(familyOf(c)).beforeRules}: ${vrrpRule(familyOf(c))}`] : []),
    ].join("\n"),
  async apply(c, { host }) {
    await host.run(
      shellLines(
        sh`set -eu`,
        // The files first: after a power failure in between, the next boot reads the rules.
        ...(c.vrrp ? [withBlock(familyOf(c), [BEGIN, vrrpRule(familyOf(c)), END])] : []),
        ...c.ports.map((port) => sh`ufw allow ${port} >&2`),
        ...(c.vrrp ? [sh`ufw reload >&2`] : []),
      ),
    );
  },
  undo: {
    target: () => "rules",
    async before(c, { host }) {
      const there = await host.ask(ufwState(familyOf(c)));
      return {
        ports: c.ports.filter((port) => there?.ports.includes(port) !== true),
        vrrp: c.vrrp && there?.vrrp !== true,
      };
    },
    merge: (earlier, later) => ({
      ports: [...new Set([...earlier.ports, ...later.ports])],
      vrrp: earlier.vrrp || later.vrrp,
    }),
    describe: (_, before) => `ufw: no longer allow ${inWords(before)}`,
    async undo(c, before, { host, note }) {
      if (!(await host.ask(hasUfw))) {
        note(`ufw is no longer installed on ${host.name}: its files stay unchanged`);
        return;
      }
      await host.run(
        shellLines(
          sh`set -eu`,
          ...(before.vrrp ? [withBlock(familyOf(c), [])] : []),
          ...before.ports.map((port) => sh`ufw delete allow ${port} >&2`),
          ...(before.vrrp ? [sh`ufw reload >&2`] : []),
        ),
      );
    },
  },
};

/** Atomically replaces k8s-ha's block at the end of the filter table in ufw's file; without lines, removes it. */
function withBlock(family: Family, lines: readonly string[]): Shell {
  const { beforeRules } = ufwNames(family);
  const block = lines.map((line) => `${line}\n`).join("");
  const blocks = lines.filter((line) => line === BEGIN).length;
  const refusal = `${beforeRules} stays unchanged: it must have a table *filter that ends with COMMIT, and an ${END} for each ${BEGIN}.
Compare it with /usr/share/ufw/${basename(beforeRules)}, then run the same command again`;
  // iptables-restore ignores blanks after a table's name, but does not accept them after COMMIT.
  return sh`${BESIDE}
new=$(beside ${beforeRules})
trap 'rm -f "$new"' EXIT
cp -p ${beforeRules} "$new"
awk -v block=${block.replaceAll("\n", String.raw`\n`)} -v begin=${BEGIN} -v end=${END} '
$0 == begin { ours = 1 }
!ours { if ($0 ~ /^[*]/) filter = ($1 == "*filter")
  if ($0 == "COMMIT" && filter && !written++) printf "%s", block
  print }
$0 == end { ours = 0 }' ${beforeRules} >"$new"
if [ "$(grep -cx COMMIT "$new")" != "$(grep -cx COMMIT ${beforeRules})" ] ||
  [ "$(grep -cx ${BEGIN} "$new")" != ${blocks} ]; then echo ${refusal} >&2; exit 1; fi
sync "$new"
mv -T "$new" ${beforeRules}
sync "$(dirname ${beforeRules})"`;
}

function inWords({ ports, vrrp }: Before): string {
  return [...ports, ...(vrrp ? ["VRRP"] : [])].join(", ");
}

import { createHash } from "node:crypto";
import { parseListing } from "../machine/firewalld.js";
import type { ReadOnlyHost } from "../machine/host.js";
import { remoteQuery } from "../machine/query.js";
import { restoreFiles, saveFiles, type SavedFile } from "../machine/saved-files.js";
import { sh, shellLines } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** firewalld lets ports and rich rules through, now and after its next start. */
export interface FirewallChange extends BaseChange {
  readonly kind: "firewall";
  readonly zone: string;
  /** Such as `6443/tcp`. */
  readonly ports: readonly string[];
  readonly richRules: readonly string[];
}

/** What of a change was not there before, and firewalld's own file of the zone. */
interface Before {
  readonly live: Rules;
  readonly permanent: Rules;
  /** SHA-256 of all that the zone's permanent configuration said. */
  readonly permanentDigest: string;
  readonly files: readonly SavedFile[];
}
interface Rules {
  readonly ports: readonly string[];
  readonly richRules: readonly string[];
}

/** Opens what a load balancer needs in firewalld's zone of the VIP's interface. */
export const firewallKind: ChangeKind<FirewallChange, Before> = {
  kind: "firewall",
  describe: (c) => `firewalld, zone ${c.zone}: let ${inWords(c)} in`,
  diff: (c) => [...c.ports, ...c.richRules].map((rule) => `+ ${rule}`).join("\n"),
  async apply(c, { host }) {
    // Permanent first: a power cut in between leaves the setting that the next boot reads.
    const calls = [...each("add", [...inZone(c), "--permanent"], c), ...each("add", inZone(c), c)];
    await host.run(shellLines(sh`set -e`, ...calls));
  },
  undo: {
    target: () => "rules",
    async before(c, { host, runId }) {
      const { live, permanent } = await listings(c, host);
      const zones = `/etc/firewalld/zones/${c.zone}.xml`;
      return {
        live: without(c, live.rules),
        permanent: without(c, permanent.rules),
        permanentDigest: permanent.digest,
        files: await saveFiles(host, runId, [zones, `${zones}.old`]),
      };
    },
    merge: (earlier, later) => ({
      ...earlier,
      live: both(earlier.live, later.live),
      permanent: both(earlier.permanent, later.permanent),
    }),
    describe: (c, { live, permanent }) =>
      `firewalld, zone ${c.zone}: no longer let ${inWords(both(live, permanent))} in`,
    async undo(c, { live, permanent, permanentDigest, files }, { host }) {
      const now = await listings(c, host);
      const calls = [
        ...each("remove", [...inZone(c), "--permanent"], within(permanent, now.permanent.rules)),
        ...each("remove", inZone(c), within(live, now.live.rules)),
      ];
      await host.run(shellLines(sh`set -e`, ...calls));
      // firewalld writes the zone's file its own way: where nobody else added a rule, the former one says the same.
      if ((await listings(c, host)).permanent.digest === permanentDigest) await restoreFiles(host, files);
    },
  },
};

/** firewall-cmd takes ports and rich rules apart only. */
function each(verb: "add" | "remove", where: readonly string[], { ports, richRules }: Rules) {
  return [
    ports.map((port) => `--${verb}-port=${port}`),
    richRules.map((rule) => `--${verb}-rich-rule=${rule}`),
  ]
    .filter((options) => options.length > 0)
    .map((options) => sh`firewall-cmd -q ${where} ${options}`);
}

function inZone({ zone }: FirewallChange): readonly string[] {
  return [`--zone=${zone}`];
}

async function listings(change: FirewallChange, host: ReadOnlyHost) {
  const list = (when: readonly string[]) =>
    host.ask(
      remoteQuery(sh`firewall-cmd ${inZone(change)} ${when} --list-all`, (out) => ({
        rules: parseListing(out) ?? { ports: [], richRules: [] },
        digest: createHash("sha256").update(out).digest("hex"),
      })),
    );
  const [live, permanent] = await Promise.all([list([]), list(["--permanent"])]);
  return { live, permanent };
}

function without(rules: Rules, there: Rules): Rules {
  return {
    ports: rules.ports.filter((port) => !there.ports.includes(port)),
    richRules: rules.richRules.filter((rule) => !there.richRules.includes(rule)),
  };
}

function within(rules: Rules, there: Rules): Rules {
  return without(rules, without(rules, there));
}

function both(one: Rules, other: Rules): Rules {
  return {
    ports: [...new Set([...one.ports, ...other.ports])],
    richRules: [...new Set([...one.richRules, ...other.richRules])],
  };
}

function inWords({ ports, richRules }: Rules): string {
  return [...ports, ...richRules.map(() => "VRRP")].join(", ");
}

import { createHash } from "node:crypto";
import { parseListing } from "../machine/firewalld.js";
import type { ReadOnlyHost } from "../machine/host.js";
import { expectSuccess, query, remoteAttempt } from "../machine/query.js";
import { restoreFiles, saveFiles, type SavedFile } from "../machine/saved-files.js";
import { sh, shellLines, type Shell } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** Adds ports and rich rules to firewalld, now and after its next start. */
export interface FirewallChange extends BaseChange {
  readonly kind: "firewall";
  readonly zone: string;
  /** Such as `6443/tcp`. */
  readonly ports: readonly string[];
  readonly richRules: readonly string[];
}

/** The rules of a change that did not exist before, and firewalld's file of the zone. */
interface Before {
  readonly live: Rules;
  readonly permanent: Rules;
  /** SHA-256 of the zone's permanent configuration. */
  readonly permanentDigest: string;
  readonly files: readonly SavedFile[];
}
interface Rules {
  readonly ports: readonly string[];
  readonly richRules: readonly string[];
}

/** Allows the traffic that a load balancer needs in firewalld's zone of the VIP's interface. */
export const firewallKind: ChangeKind<FirewallChange, Before> = {
  kind: "firewall",
  mark: "+",
  survivesReset: true,
  describe: (c) => `firewalld, zone ${c.zone}: allow ${inWords(c)}`,
  diff: (c) => [...c.ports, ...c.richRules].map((rule) => `+ ${rule}`).join("\n"),
  async apply(c, { host }) {
    // Permanent first: after a power failure in between, the next boot reads the rules.
    const calls = [...each("add", permanentIn(c), c), ...each("add", liveIn(c), c)];
    await host.run(shellLines(sh`set -e`, ...calls));
  },
  undo: {
    target: () => "rules",
    async before(c, { host, runId }) {
      const [live, permanent] = await Promise.all([listing(liveIn(c), host), listing(permanentIn(c), host)]);
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
      `firewalld, zone ${c.zone}: no longer allow ${inWords(both(live, permanent))}`,
    async undo(c, { live, permanent, permanentDigest, files }, { host, note }) {
      const program = await host.ask(configurator);
      if (program === undefined) {
        note(
          `firewalld is no longer installed on ${host.name}: the files of its zone ${c.zone} stay unchanged`,
        );
        return;
      }
      const kept = permanentIn(c, program);
      const found = await listing(kept, host);
      if (found.digest === "")
        note(
          `firewalld on ${host.name} no longer has the zone ${c.zone}: the rules of k8s-ha were removed with it`,
        );
      const calls = each("remove", kept, within(permanent, found.rules));
      if (program === "firewall-cmd") {
        calls.push(...each("remove", liveIn(c), within(live, (await listing(liveIn(c), host)).rules)));
      }
      await host.run(shellLines(sh`set -e`, ...calls));
      // firewalld reformats the zone's file: if its rules are the former ones, the former file is equivalent.
      if ((await listing(kept, host)).digest === permanentDigest) await restoreFiles(host, files);
    },
  },
};

/** The program that changes firewalld's configuration: firewall-cmd while the daemon runs, else the offline one. */
type Program = "firewall-cmd" | "firewall-offline-cmd";

/** `undefined` if firewalld is no longer installed. */
const configurator = query(
  sh`if systemctl is-active -q firewalld; then echo firewall-cmd
elif command -v firewall-offline-cmd >/dev/null; then echo firewall-offline-cmd; fi`,
  (out) => (out === "" ? undefined : (out.trim() as Program)),
);

/** A program of firewalld, and the options that select the zone and its configuration. */
type Call = readonly [Program, ...string[]];

function liveIn({ zone }: FirewallChange): Call {
  return ["firewall-cmd", `--zone=${zone}`];
}

function permanentIn({ zone }: FirewallChange, program: Program = "firewall-cmd"): Call {
  return [program, `--zone=${zone}`, ...(program === "firewall-cmd" ? ["--permanent"] : [])];
}

/** firewalld's programs do not accept ports and rich rules in one call. */
function each(verb: "add" | "remove", [program, ...where]: Call, { ports, richRules }: Rules): Shell[] {
  return [
    ports.map((port) => `--${verb}-port=${port}`),
    richRules.map((rule) => `--${verb}-rich-rule=${rule}`),
  ]
    .filter((options) => options.length > 0)
    .map((options) => sh`${program} -q ${where} ${options}`);
}

/** The rules of a zone; the digest is empty if firewalld has no such zone. */
function listing(call: Call, host: ReadOnlyHost): Promise<{ rules: Rules; digest: string }> {
  const script = sh`${call} --list-all`;
  return host.ask(
    remoteAttempt(script, (result) => {
      if (result.code === INVALID_ZONE) return { rules: { ports: [], richRules: [] }, digest: "" };
      const out = expectSuccess(script, result);
      const digest = createHash("sha256").update(out).digest("hex");
      return { rules: parseListing(out) ?? { ports: [], richRules: [] }, digest };
    }),
  );
}

/** firewall-cmd(1), exit codes. */
const INVALID_ZONE = 112;

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

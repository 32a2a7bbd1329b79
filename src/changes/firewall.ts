import { sh, shellLines } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** firewalld lets ports and rich rules through, now and after its next start. */
export interface FirewallChange extends BaseChange {
  readonly kind: "firewall";
  /** Such as `6443/tcp`. */
  readonly ports: readonly string[];
  readonly richRules: readonly string[];
}

/** Opens what a load balancer needs in firewalld's default zone. */
export const firewallKind: ChangeKind<FirewallChange> = {
  kind: "firewall",
  describe: (c) => `firewalld: let ${[...c.ports, ...c.richRules.map(() => "VRRP")].join(", ")} in`,
  diff: (c) => [...c.ports, ...c.richRules].map((rule) => `+ ${rule}`).join("\n"),
  async apply(c, { host }) {
    const rules = [
      ...c.ports.map((port) => `--add-port=${port}`),
      ...c.richRules.map((r) => `--add-rich-rule=${r}`),
    ];
    // Permanent first: a power cut in between leaves the setting that the next boot reads.
    await host.run(
      shellLines(sh`set -e`, sh`firewall-cmd -q --permanent ${rules}`, sh`firewall-cmd -q ${rules}`),
    );
  },
};

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
    const ports = c.ports.map((port) => `--add-port=${port}`);
    const rules = c.richRules.map((rule) => `--add-rich-rule=${rule}`);
    // firewall-cmd takes ports and rich rules apart only. Permanent first: a power cut in between leaves the setting
    // that the next boot reads.
    const calls = [["--permanent"], []].flatMap((when) =>
      [ports, rules].filter((adds) => adds.length > 0).map((adds) => sh`firewall-cmd -q ${when} ${adds}`),
    );
    await host.run(shellLines(sh`set -e`, ...calls));
  },
};

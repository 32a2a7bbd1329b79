import { addresses } from "../../machine/network.js";
import { members } from "../../inventory/targets.js";
import { askEach, type Answers } from "../../steps/preflight/answers.js";
import { asFinding, type DoctorCheck } from "../check.js";

/** At most one machine has the VIP. */
export const splitBrain: DoctorCheck<Answers<readonly string[]>> = {
  id: "split-brain",
  title: "at most one machine has the VIP",
  needsAllHosts: true,
  probe: (fleet) =>
    askEach(fleet.hosts(), async (host) => (await host.ask(addresses)).map(({ address }) => address)),
  findings: ({ found, failures }, inventory) => {
    const vip = inventory.cluster.endpoint.address;
    const own = members(inventory).some(({ host }) => host.address === vip);
    const holders = own ? [] : [...found].filter(([, all]) => all.includes(vip)).map(([name]) => name);
    if (holders.length < 2) return failures.map(asFinding);
    return [
      ...failures.map(asFinding),
      {
        severity: "error",
        what: `${holders.join(" and ")} have the VIP ${vip} at the same time: each thinks that it is the only one`,
        fix: `let VRRP (IP protocol 112) pass between them, with the same virtual_router_id and password; on each: journalctl -u keepalived, tcpdump -ni any ip proto 112`,
      },
    ];
  },
};

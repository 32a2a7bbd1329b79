import { isInUse } from "../../../machine/address-in-use.js";
import type { ReadOnlyHost } from "../../../machine/host.js";
import { equipped } from "../answers.js";
import type { PreflightCheck } from "../check.js";
import { vipIsOurs } from "../vip-is-ours.js";

/** Nothing else uses the VIP. */
export const vip: PreflightCheck<{
  /** Whether a load balancer got an answer from the VIP although no load balancer holds it. */
  readonly answers: boolean;
}> = {
  id: "vip",
  probe: async (fleet) => {
    const [isOurs, balancers] = await Promise.all([
      vipIsOurs(fleet),
      equipped(fleet, fleet.hosts("loadBalancers")),
    ]);
    return { answers: !isOurs && (await anyAnswer(balancers, fleet.inventory.cluster.endpoint.address)) };
  },
  problems: ({ answers }, inventory) =>
    answers
      ? [
          {
            severity: "blocker",
            what: `the VIP ${inventory.cluster.endpoint.address} is already in use: it answers, but none of the load balancers holds it`,
            fix: "set a free address in cluster.endpoint, or remove this one from the host that has it",
          },
        ]
      : [],
};

/** Whether an address answers any of these hosts. */
export async function anyAnswer(hosts: readonly ReadOnlyHost[], address: string): Promise<boolean> {
  const answers = await Promise.all(hosts.map((host) => host.ask(isInUse(address))));
  return answers.includes(true);
}

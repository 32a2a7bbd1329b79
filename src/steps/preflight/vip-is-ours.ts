import { announcesVip } from "../../cluster/our-router.js";
import { Failure } from "../../failure.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { addresses } from "../../machine/network.js";
import { askEquipped } from "./answers.js";

/**
 * Whether one of the load balancers holds the VIP, or announces it by k8s-ha's keepalived.conf.
 * @throws Failure if a load balancer that lacks no tools cannot be asked: it may hold the VIP
 */
export async function vipIsOurs(fleet: ReadOnlyFleet): Promise<boolean> {
  const { address } = fleet.inventory.cluster.endpoint;
  const { found, failures } = await askEquipped(fleet, fleet.hosts("loadBalancers"), async (host) => {
    const [own, announces] = await Promise.all([host.ask(addresses), announcesVip(host, fleet.inventory)]);
    return announces || own.some((one) => one.address === address);
  });
  const [failure] = failures;
  if (failure !== undefined) {
    const { host, what, fix } = failure;
    throw new Failure(what, { hint: fix, ...(host !== undefined && { host }) });
  }
  return [...found.values()].includes(true);
}

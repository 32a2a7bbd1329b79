import type { ReadOnlyFleet } from "../../../machine/fleet.js";
import { addresses } from "../../../machine/network.js";
import { ableToHear } from "../../../machine/vrrp-listeners.js";
import { heardRouters, type VrrpRouter } from "../../../machine/vrrp.js";
import type { Problem } from "../../step.js";
import { askEquipped, equipped } from "../answers.js";
import type { PreflightCheck } from "../check.js";
import { vipIsOurs } from "../vip-is-ours.js";

interface Found {
  /** `undefined` if no host could listen. */
  readonly routers: readonly VrrpRouter[] | undefined;
  /** All addresses of the load balancers. */
  readonly ownAddresses: readonly string[];
}

/** No other router uses the virtual router ID. Listens only if VRRP will be used, and is not yet. */
export const virtualRouterId: PreflightCheck<Found> = {
  id: "virtual-router-id",
  probe,
  problems: ({ routers, ownAddresses }, inventory) => {
    const { virtualRouterId: wanted } = inventory.loadBalancer;
    const problems: Problem[] = [];
    if (routers === undefined) {
      problems.push({
        severity: "warning",
        what: `no host could listen for VRRP, so it is unknown whether the virtual router ID ${wanted} is free`,
        fix: "install socat on the first master to enable this check",
      });
    }
    // k8s-ha's keepalived is identified by its configuration, not its packets: for IPv6 it sends from a link-local address.
    const own = new Set([...inventory.loadBalancers.map((host) => host.address), ...ownAddresses]);
    const same = routers?.find(({ id, source }) => id === wanted && !own.has(source));
    if (same) {
      problems.push({
        severity: "blocker",
        what: `${same.source} already uses the virtual router ID ${wanted} on this network`,
        fix: "set loadBalancer.virtualRouterId to an unused number",
      });
    }
    return problems;
  },
};

async function probe(fleet: ReadOnlyFleet): Promise<Found> {
  const vip = fleet.inventory.cluster.endpoint.address;
  const balancers = fleet.hosts("loadBalancers");
  const [isOurs, { found }, hosts] = await Promise.all([
    vipIsOurs(fleet),
    askEquipped(fleet, balancers, (host) => host.ask(addresses)),
    equipped(fleet, [...balancers, fleet.firstMaster]),
  ]);
  const ownAddresses = [...found.values()].flat().map(({ address }) => address);
  // Unicast VRRP cannot conflict with the id of another router.
  const usesMulticast = balancers.length > 0 && fleet.inventory.loadBalancer.vrrp !== "unicast";
  if (isOurs || !usesMulticast) return { routers: [], ownAddresses };
  return { routers: await heardRouters(await ableToHear(hosts, vip), vip), ownAddresses };
}

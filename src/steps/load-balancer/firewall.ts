import type { Inventory } from "../../inventory/schema.js";
import { endpoint } from "../../inventory/targets.js";
import { firewalldState, type FirewalldState } from "../../machine/firewalld.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { APISERVER_PORT } from "../../machine/kubectl.js";
import { check, type Step } from "../step.js";
import { vrrpUnicast } from "./unicast.js";

/** Lets VRRP in whoever sends it to whom: somebody's own rule, or one of an earlier k8s-ha. */
const ANY_VRRP = 'rule protocol value="vrrp" accept';

interface HostFacts {
  readonly name: string;
  readonly state: FirewalldState | undefined;
}
interface Facts {
  readonly hosts: readonly HostFacts[];
}

/** The zone that counts is that of the VIP's interface. */
function states(fleet: ReadOnlyFleet): Promise<HostFacts>[] {
  const vip = endpoint(fleet.inventory).address;
  return fleet.inventory.loadBalancers.map(async ({ name, interface: given }) => {
    return { name, state: await fleet.host(name).ask(firewalldState(vip, given)) };
  });
}

function wantedPorts(inventory: Inventory): string[] {
  return [...haproxyPorts(inventory), ...pagePorts(inventory)].map((port) => `${port}/tcp`);
}

/** The ports of the pages that haproxy has beside the API. */
export function pagePorts({ loadBalancer: { stats, monitor } }: Inventory): number[] {
  return [...new Set([stats, monitor].flatMap((page) => (page === false ? [] : [page.port])))];
}

/** VRRP to its multicast group, or from each peer; as firewalld itself prints it, so that the second run recognises it. */
function vrrpRules(inventory: Inventory, name: string): string[] {
  const ways = vrrpUnicast(inventory, name)?.peers.map((peer) => `source address="${peer}"`) ?? [
    `destination address="224.0.0.18"`,
  ];
  return ways.map((way) => `rule family="ipv4" ${way} protocol value="vrrp" accept`);
}

function missing(name: string, state: FirewalldState, inventory: Inventory) {
  const isOpen = state.richRules.includes(ANY_VRRP);
  return {
    ports: wantedPorts(inventory).filter((port) => !state.ports.includes(port)),
    richRules: isOpen ? [] : vrrpRules(inventory, name).filter((rule) => !state.richRules.includes(rule)),
  };
}

/** The ports that haproxy serves on the VIP: the endpoint's, and the apiservers' own where they announce the VIP. */
export function haproxyPorts(inventory: Inventory): number[] {
  const announced = inventory.cluster.advertise === "endpoint" ? [APISERVER_PORT] : [];
  return [...new Set([endpoint(inventory).port, ...announced])];
}

/** Opens firewalld, where it runs, for the API, VRRP and the statistics page. */
export const firewall: Step<Facts> = {
  id: "firewall",
  title: "Open the firewall for the API and VRRP",
  why: "Without VRRP through the firewall every load balancer believes it is alone, and all of them take the VIP.",
  rollout: "together",
  on: "load-balancers",
  async probe(fleet) {
    return { hosts: await Promise.all(states(fleet)) };
  },
  plan: ({ hosts }, inventory) => ({
    changes: hosts.flatMap(({ name, state }) => {
      if (state === undefined) return [];
      const { ports, richRules } = missing(name, state, inventory);
      if (ports.length + richRules.length === 0) return [];
      return [{ kind: "firewall" as const, host: name, zone: state.zone, ports, richRules }];
    }),
  }),
  async verify(fleet) {
    const { inventory } = fleet;
    const checks = states(fleet).map(async (found) => {
      const { name, state } = await found;
      if (state === undefined) return [];
      const wanted = [...wantedPorts(inventory), ...vrrpRules(inventory, name)];
      const { ports, richRules } = missing(name, state, inventory);
      const closed = [...ports, ...richRules];
      return [
        check(
          name,
          `firewalld's zone ${state.zone} lets in`,
          wanted.join(", "),
          closed.length === 0 ? wanted.join(", ") : `not ${closed.join(", ")}`,
        ),
      ];
    });
    return (await Promise.all(checks)).flat();
  },
};

import { firewallsOf, type Firewalls } from "../../machine/firewalls.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import type { Step } from "../step.js";
import { firewalldChanges, firewalldChecks } from "./firewalld.js";
import { foreignChecks, foreignProblems } from "./foreign-rules.js";
import { ufwChanges, ufwChecks, ufwProblems } from "./ufw.js";

interface Facts {
  readonly hosts: readonly (Firewalls & { readonly name: string })[];
}

/** Reads the firewalls; firewalld's zone is the one of the VIP's interface. */
async function facts(fleet: ReadOnlyFleet): Promise<Facts> {
  const vip = fleet.inventory.cluster.endpoint.address;
  const hosts = fleet.hosts("loadBalancers").map(async (host) => {
    const given = fleet.inventory.loadBalancers.find(({ name }) => name === host.name)?.interface;
    return { name: host.name, ...(await firewallsOf(host, vip, given)) };
  });
  return { hosts: await Promise.all(hosts) };
}

/** Opens firewalld and ufw, where they are active, for the API, VRRP and the statistics page. */
export const firewall: Step<Facts> = {
  id: "firewall",
  title: "Open the firewall for the API and VRRP",
  why: "If a firewall blocks VRRP, the load balancers do not see each other and all of them take the VIP.",
  rollout: "together",
  on: "load-balancers",
  probe: facts,
  plan: ({ hosts }, inventory) => ({
    changes: hosts.flatMap(({ name, firewalld, ufw }) => [
      ...firewalldChanges(name, firewalld, inventory),
      ...ufwChanges(name, ufw, inventory),
    ]),
    problems: hosts.flatMap(({ name, ufw, foreign }) => [
      ...ufwProblems(name, ufw, inventory),
      ...foreignProblems(name, foreign, inventory),
    ]),
  }),
  async verify(fleet) {
    const { inventory } = fleet;
    const { hosts } = await facts(fleet);
    return hosts.flatMap(({ name, firewalld, ufw, foreign }) => [
      ...firewalldChecks(name, firewalld, inventory),
      ...ufwChecks(name, ufw, inventory),
      ...foreignChecks(name, foreign, inventory),
    ]);
  },
};

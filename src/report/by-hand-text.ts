import type { Inventory } from "../inventory/schema.js";
import { firstMaster, members } from "../inventory/targets.js";
import { quote } from "../shell/shell.js";
import type { ByHand } from "../steps/by-hand.js";
import { selectedHosts } from "../steps/host-selector.js";

/** The variables of the commands and their values in an inventory; `ADDRESS` is each machine's own. */
export function handVariables(inventory: Inventory): Readonly<Record<string, string>> {
  const { endpoint } = inventory.cluster;
  const first = firstMaster(inventory);
  return {
    ENDPOINT: endpoint.text,
    PORT: String(endpoint.port),
    VIP: endpoint.address,
    FIRST_MASTER: first.name,
    FIRST_ADDRESS: first.address,
  };
}

/** Commands as shell text, with the machines on which to type them. Without an inventory, the values are left open. */
export function byHandText(blocks: readonly ByHand[], inventory?: Inventory): string {
  const values = inventory === undefined ? {} : handVariables(inventory);
  return blocks
    .flatMap(({ on, commands }) => {
      const hosts = inventory === undefined ? [on] : selectedHosts(inventory, on);
      if (hosts.length === 0) return [];
      const used = Object.keys(values).filter((name) => new RegExp(`\\$${name}\\b`).test(commands));
      const own = commands.includes("$ADDRESS") ? addresses(hosts, inventory) : [];
      const set = used.map((name) => `${name}=${quote(values[name] ?? "")}`).join(" ");
      return [`# on ${hosts.join(", ")}`, ...(set === "" ? [] : [set]), ...own, commands];
    })
    .join("\n");
}

function addresses(hosts: readonly string[], inventory: Inventory | undefined): string[] {
  if (inventory === undefined) return [];
  const all = members(inventory).filter(({ name }) => hosts.includes(name));
  return all.map(({ name, host }) => `ADDRESS=${quote(host.address)}   # on ${name}`);
}

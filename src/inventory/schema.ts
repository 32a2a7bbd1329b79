import type * as z from "zod";
import { defaultMaxconn, loadBalancerSettings } from "./load-balancer.js";
import type { host, loadBalancerHost } from "./machines.js";
import { brokenRules } from "./rules.js";
import { written, type WrittenInventory } from "./written.js";

/** The inventory as written; the rules between its keys hold. */
const checked = written.superRefine((inventory, context) => {
  for (const { path: at, message } of brokenRules(inventory)) {
    context.addIssue({ code: "custom", path: [...at], message });
  }
});

/** A load balancer's machine: its own, or that of the master it refers to. */
function machineOf(
  entry: WrittenInventory["loadBalancers"][number],
  { controlPlane }: WrittenInventory,
): LoadBalancerHost {
  if (!("master" in entry)) return entry;
  const { master, ...own } = entry;
  const host = controlPlane.find((one) => one.name === master);
  if (host === undefined) throw new TypeError("a validated inventory names only masters that it lists");
  const { name: itsName, address: itsAddress, ssh } = host;
  return { name: itsName, address: itsAddress, ...(ssh && { ssh }), ...own };
}

/** The schema of an inventory file. Unknown keys are rejected, so that a misspelled key is not silently ignored. */
export const inventorySchema = checked.transform((inventory) => {
  const { cluster, controlPlane, workers } = inventory;
  // An external one is not configured, so its settings are not used.
  const loadBalancer =
    inventory.loadBalancer === "external" ? loadBalancerSettings.parse({}) : inventory.loadBalancer;
  const maxconn = loadBalancer.maxconn ?? defaultMaxconn(controlPlane.length + workers.length);
  return {
    ...inventory,
    // The VIP is another key if the endpoint is a name.
    cluster: { ...cluster, endpoint: { ...cluster.endpoint, address: cluster.vip ?? cluster.endpoint.host } },
    loadBalancers: inventory.loadBalancers.map((entry) => machineOf(entry, inventory)),
    loadBalancer: { ...loadBalancer, maxconn },
  };
});

/** The validated inventory with all defaults; `loadBalancers` is empty if they are external. */
export type Inventory = z.infer<typeof inventorySchema>;
/** A machine of the inventory. */
export type Host = z.infer<typeof host>;
/** A machine that runs haproxy and keepalived. */
export type LoadBalancerHost = z.infer<typeof loadBalancerHost>;

import type { Inventory } from "../../inventory/schema.js";
import { firstMaster, members } from "../../inventory/targets.js";
import type { Environment } from "../../machine/user-script.js";

/** The environment of a playbook's script on a host: its own variables, and those from the inventory. */
export function environment(own: Environment, host: string, inventory: Inventory): Environment {
  const first = firstMaster(inventory);
  return {
    ...own,
    K8S_HA_ENDPOINT: inventory.cluster.endpoint.text,
    K8S_HA_VIP: inventory.cluster.endpoint.address,
    K8S_HA_HOST: host,
    K8S_HA_ADDRESS: members(inventory).find(({ name }) => name === host)?.host.address ?? "127.0.0.1",
    K8S_HA_FIRST_MASTER: first.name,
    K8S_HA_FIRST_MASTER_ADDRESS: first.address,
  };
}

import { readFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import { parseInventory } from "../../src/inventory/load.js";
import type { Inventory } from "../../src/inventory/schema.js";

/** A test's changes to the lab's inventory, by section. */
export type Overrides = Readonly<Record<string, object | string>>;

interface Scenario {
  hosts: Record<string, { address: string }>;
  inventory: Record<string, object>;
}

const file = new URL("../lab/scenarios/default.yaml", import.meta.url);
const { hosts, inventory } = parse(readFileSync(file, "utf8")) as Scenario;

/** The keys of the migration whose facts are recorded as `endpoint`; both have a different default. */
const endpointKeys = { advertise: "endpoint", kubeconfigs: "endpoint" };

const inIPv6 = (names: object): object[] =>
  (names as string[]).map((name) => ({
    name,
    address: hosts[name]?.address.replace("10.88.0.", "fd00:88::"),
  }));

/** The same machines with IPv6 addresses. */
export const six: Overrides = {
  cluster: { endpoint: "[fd00:88::100]:6443", ...endpointKeys },
  ...Object.fromEntries(
    ["controlPlane", "loadBalancers", "workers"].map((group) => [group, inIPv6(inventory[group] ?? [])]),
  ),
};

/**
 * The inventory of the hosts that the facts were recorded from, with some keys overridden; `clusterKeys` is empty for
 * the migration with the defaults.
 */
export function labInventory(overrides: Overrides = {}, clusterKeys: object = endpointKeys): Inventory {
  const merged: Record<string, unknown> = {};
  const isAsRecorded = overrides["loadBalancers"] === undefined && overrides["loadBalancer"] !== "external";
  for (const section of new Set([...Object.keys(inventory), ...Object.keys(overrides)])) {
    const common = { ...inventory[section], ...(section === "cluster" && isAsRecorded && clusterKeys) };
    const own = overrides[section] ?? {};
    merged[section] =
      Array.isArray(own) || typeof own === "string"
        ? own
        : Array.isArray(inventory[section])
          ? inventory[section].map((name: string) => ({ name, address: hosts[name]?.address }))
          : { ...common, ...own };
  }
  return parseInventory(stringify(merged), "/operator/inventory.yaml").inventory;
}

import type { Inventory } from "../../src/inventory/schema.js";

/**
 * What the inventory of a scenario has, and the one that init writes has not. All of these are wishes of an operator,
 * which no machine shows, except a second address of an existing node: it is only used for machines that join.
 */
export const WISHES: Readonly<Record<string, readonly string[]>> = {
  "dual-stack": ["controlPlane.0.secondAddress", "workers.0.secondAddress"],
  "one-etcd": ["cluster.etcd"],
  "static-pods-on-masters": ["loadBalancer"],
  unicast: ["loadBalancer"],
};

interface Machine {
  readonly name: string;
  readonly address: string;
  readonly secondAddress?: string | undefined;
}

function written({ name, address, secondAddress }: Machine): string {
  return `${name}=${[address, secondAddress].filter((one) => one !== undefined).join(",")}`;
}

/** The words after `--join`, `--lb` and `--vip` for the machines of an inventory that are not masters yet. */
export function optionsFor(
  { cluster, controlPlane, loadBalancers }: Inventory,
  nodes: readonly { readonly name: string }[],
): { join: string[]; lb?: string[]; vip: string } {
  const { endpoint } = cluster;
  const isOn = (machines: readonly { name: string }[], name: string): boolean =>
    machines.some((one) => one.name === name);
  const balancers = loadBalancers.map(({ name, address }) => ({ name, address }));
  return {
    join: controlPlane.filter(({ name }) => !isOn(nodes, name)).map(written),
    ...(balancers.length === 0
      ? { lb: ["external"] }
      : balancers.some(({ name }) => isOn(controlPlane, name))
        ? {}
        : { lb: balancers.map(written) }),
    vip: endpoint.text.replace(endpoint.host, endpoint.address),
  };
}

import { familyOf, type Family } from "../address.js";
import type { BrokenRule } from "./broken-rule.js";
import type { WrittenInventory as Inventory } from "./written.js";

const IN_WORDS: Readonly<Record<Family, string>> = { ipv4: "IPv4", ipv6: "IPv6" };

interface Address {
  readonly path: readonly (string | number)[];
  readonly address: string;
}

function machines(inventory: Inventory): Address[] {
  return (["controlPlane", "loadBalancers", "workers"] as const).flatMap((group) =>
    inventory[group].flatMap((host, index) =>
      "address" in host ? [{ path: [group, index, "address"], address: host.address }] : [],
    ),
  );
}

/** A node's second address must be in the other IP family. */
export function otherFamily(inventory: Inventory): BrokenRule[] {
  return (["controlPlane", "workers"] as const).flatMap((group) =>
    inventory[group].flatMap(({ address, secondAddress }, index) => {
      if (secondAddress === undefined || familyOf(secondAddress) !== familyOf(address)) return [];
      const message = `${secondAddress} is in the same IP family as ${address}; secondAddress is a dual-stack node's address in the other family`;
      return [{ path: [group, index, "secondAddress"], message }];
    }),
  );
}

/** The endpoint and the VIP, as far as they are addresses. */
function endpoints({ cluster: { endpoint, vip } }: Inventory): Address[] {
  const { host, family } = endpoint;
  return [
    ...(family === undefined ? [] : [{ path: ["cluster", "endpoint"], address: host }]),
    ...(vip === undefined ? [] : [{ path: ["cluster", "vip"], address: vip }]),
  ];
}

/** etcd, haproxy and VRRP connect addresses directly, which requires one IP family. */
export function oneFamily(inventory: Inventory): BrokenRule[] {
  const first = inventory.controlPlane[0]?.address ?? "";
  const family = familyOf(first);
  if (family === undefined) return [];
  return [...machines(inventory), ...endpoints(inventory)].flatMap(({ path, address }) => {
    const other = familyOf(address);
    if (other === undefined || other === family) return [];
    const message = `${address} is ${IN_WORDS[other]}, and the first master's address ${first} is ${IN_WORDS[family]}; all addresses and the VIP must be in one IP family: the one that \`kubectl get nodes -o wide\` shows for the nodes`;
    return [{ path, message }];
  });
}

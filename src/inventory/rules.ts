import { familyOf, splitHostPort } from "../address.js";
import { oneFamily, otherFamily } from "./families.js";
import { loadBalancerRules } from "./load-balancer-rules.js";
import type { WrittenInventory as Inventory } from "./schema.js";

/** A rule between several keys that an inventory breaks, and the key at which to say so. */
export interface BrokenRule {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

const GROUPS = ["controlPlane", "loadBalancers", "workers"] as const;

function usedTwice(value: string, other: string, group: string): string {
  const isMaster = group === "loadBalancers" && other.startsWith("controlPlane");
  const way = "; for a load balancer on a master write `master: NAME` alone";
  return `${value} is already used by ${other}${isMaster ? way : ""}`;
}

/** Names and addresses stand for one machine each, and the VIP for none. */
function doubles(inventory: Inventory): BrokenRule[] {
  const broken: BrokenRule[] = [];
  const seen = new Map([["operator", "a playbook for the machine that k8s-ha runs on"]]);
  for (const group of GROUPS) {
    inventory[group].forEach((host, index) => {
      if ("master" in host) return;
      const second = "secondAddress" in host ? host.secondAddress : undefined;
      for (const [key, value] of Object.entries({
        name: host.name,
        address: host.address,
        secondAddress: second,
      })) {
        if (value === undefined) continue;
        const other = seen.get(value);
        if (other === undefined) seen.set(value, `${group}[${index}]`);
        else broken.push({ path: [group, index, key], message: usedTwice(value, other, group) });
      }
    });
  }
  const { host } = splitHostPort(inventory.cluster.endpoint);
  const { vip } = inventory.cluster;
  for (const [key, value] of [["endpoint", host], ...(vip === undefined ? [] : [["vip", vip]])] as const) {
    const owner = seen.get(value);
    if (owner === undefined) continue;
    const message =
      familyOf(value) !== undefined
        ? `${value} is the address of ${owner}; the endpoint needs an address of its own (a VIP)`
        : `${value} is the name of ${owner}; the endpoint needs a name of its own`;
    broken.push({ path: ["cluster", key], message });
  }
  return broken;
}

/** A name stands for a VIP that the load balancers must know; an address is one. */
function nameAndVip({ cluster, loadBalancer }: Inventory): BrokenRule[] {
  const { host } = splitHostPort(cluster.endpoint);
  const { vip, hostsEntry } = cluster;
  if (familyOf(host) !== undefined) {
    return [
      ...(vip === undefined || vip === host
        ? []
        : [
            {
              path: ["cluster", "vip"],
              message: `the endpoint is the address ${host} itself; leave vip out`,
            },
          ]),
      ...(hostsEntry
        ? [{ path: ["cluster", "hostsEntry"], message: "the endpoint is an address, which needs no entry" }]
        : []),
    ];
  }
  if (vip !== undefined) return [];
  const needs = "needs cluster.vip, the address that the endpoint's name stands for";
  if (loadBalancer !== "external") return [{ path: ["cluster", "endpoint"], message: needs }];
  return [
    ...(hostsEntry ? [{ path: ["cluster", "hostsEntry"], message: needs }] : []),
    ...(cluster.advertise === "endpoint" ? [{ path: ["cluster", "advertise"], message: needs }] : []),
  ];
}

function twoMasters({ cluster, controlPlane }: Inventory): BrokenRule[] {
  if (controlPlane.length !== 2 || cluster.etcd === "first-master") return [];
  const message = "two masters tolerate no failure at all (etcd needs both); list three, or five";
  return [{ path: ["controlPlane"], message }];
}

function passphraseMissing({ backup }: Inventory): BrokenRule[] {
  if (backup.operatorCopy !== "encrypted" || backup.passphraseFile !== undefined) return [];
  return [{ path: ["backup", "operatorCopy"], message: "encrypted needs backup.passphraseFile" }];
}

/** Every rule between keys that an inventory breaks. */
export function brokenRules(inventory: Inventory): BrokenRule[] {
  const rules = [
    doubles,
    oneFamily,
    otherFamily,
    nameAndVip,
    twoMasters,
    ...loadBalancerRules,
    passphraseMissing,
  ];
  return rules.flatMap((rule) => rule(inventory));
}

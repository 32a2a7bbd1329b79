import { familyOf } from "../address.js";
import { oneFamily, otherFamily } from "./families.js";
import { loadBalancerRules } from "./load-balancer-rules.js";
import type { BrokenRule } from "./broken-rule.js";
import type { WrittenInventory as Inventory } from "./written.js";

const GROUPS = ["controlPlane", "loadBalancers", "workers"] as const;

function usedTwice(value: string, other: string, group: string): string {
  const isMaster = group === "loadBalancers" && other.startsWith("controlPlane");
  const way = "; for a load balancer on a master, set only `master: NAME`";
  return `${value} is already used by ${other}${isMaster ? way : ""}`;
}

/** Names and addresses must be unique, and the VIP must not be a machine's address. */
function doubles(inventory: Inventory): BrokenRule[] {
  const broken: BrokenRule[] = [];
  const seen = new Map([["operator", "playbooks for the machine that runs k8s-ha"]]);
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
  const { host } = inventory.cluster.endpoint;
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

/** An endpoint name needs a VIP, which the load balancers require; an endpoint address is the VIP. */
function nameAndVip({ cluster, loadBalancer }: Inventory): BrokenRule[] {
  const { endpoint, vip, hostsEntry } = cluster;
  const { host, family } = endpoint;
  if (family !== undefined) {
    return [
      ...(vip === undefined || vip === host
        ? []
        : [
            {
              path: ["cluster", "vip"],
              message: `cluster.endpoint is already an address, ${host}; omit vip`,
            },
          ]),
      ...(hostsEntry
        ? [
            {
              path: ["cluster", "hostsEntry"],
              message: "cluster.endpoint is an address, so no hosts entry is needed; omit hostsEntry",
            },
          ]
        : []),
    ];
  }
  if (vip !== undefined) return [];
  const needs = "requires cluster.vip, the address of the endpoint's name";
  if (loadBalancer !== "external") return [{ path: ["cluster", "endpoint"], message: needs }];
  return [
    ...(hostsEntry ? [{ path: ["cluster", "hostsEntry"], message: needs }] : []),
    ...(cluster.advertise === "endpoint" ? [{ path: ["cluster", "advertise"], message: needs }] : []),
  ];
}

function twoMasters({ cluster, controlPlane }: Inventory): BrokenRule[] {
  if (controlPlane.length !== 2 || cluster.etcd === "first-master") return [];
  const message = "two masters tolerate no failure (etcd needs both for quorum); list three or five";
  return [{ path: ["controlPlane"], message }];
}

function passphraseMissing({ backup }: Inventory): BrokenRule[] {
  if (backup.operatorCopy !== "encrypted" || backup.passphraseFile !== undefined) return [];
  return [{ path: ["backup", "operatorCopy"], message: "encrypted requires backup.passphraseFile" }];
}

/** All broken rules between keys of an inventory. */
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

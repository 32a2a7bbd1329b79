import type { Change } from "../../changes/change.js";
import {
  KEEPALIVED_CONF,
  maskedKeepalivedConf,
  shownKeepalivedConfig,
} from "../../changes/keepalived-config.js";
import { CHECK_SCRIPT_PATH } from "../../config-files/keepalived.js";
import { checkScript } from "../../config-files/check-script.js";
import { MANAGED } from "../../config-files/managed.js";
import type { Inventory, LoadBalancerHost } from "../../inventory/schema.js";
import { endpoint, vrrpPenalty, vrrpPriority } from "../../inventory/targets.js";
import { modifiedTimes, readFile, type FileState } from "../../machine/files.js";
import type { ReadOnlyHost } from "../../machine/host.js";
import { addresses, directInterface, httpStatus } from "../../machine/network.js";
import { isForeignFile } from "../../machine/packages.js";
import { unitState, type UnitState } from "../../machine/systemd.js";
import { check, type Check, type Problem, type Step } from "../step.js";
import { words } from "./haproxy.js";
import { foreignFile } from "./foreign-file.js";
import { servicePlan } from "./service-plan.js";
import { splitBrain } from "./split-brain.js";
import { vrrpUnicast } from "./unicast.js";

interface HostFacts {
  readonly name: string;
  readonly unit: UnitState;
  readonly script: FileState | undefined;
  /** keepalived.conf with its passwords masked; `null` where there is none. */
  readonly shown: string | null;
  /** Somebody's own configuration, with another address. */
  readonly isForeign: boolean;
  /** Tells whether all load balancers share one password without reading it; empty where there is none. */
  readonly passwordDigest: string;
  readonly modified: readonly number[];
  readonly holdsVip: boolean;
  /** The interface on the VIP's network. */
  readonly interface: string | undefined;
}
interface Facts {
  readonly hosts: readonly HostFacts[];
}

async function hostFacts(host: ReadOnlyHost, inventory: Inventory): Promise<HostFacts> {
  const vip = endpoint(inventory).address;
  const [unit, script, conf, isForeign, modified, all, direct] = await Promise.all([
    host.ask(unitState("keepalived")),
    host.ask(readFile(CHECK_SCRIPT_PATH)),
    host.ask(maskedKeepalivedConf),
    host.ask(isForeignFile(KEEPALIVED_CONF, { mark: MANAGED, package: "keepalived" })),
    host.ask(modifiedTimes([KEEPALIVED_CONF])),
    host.ask(addresses),
    host.ask(directInterface(vip)),
  ]);
  const holding = all.find((a) => a.address === vip)?.interface;
  const given = inventory.loadBalancers.find((h) => h.name === host.name)?.interface;
  return {
    name: host.name,
    unit,
    script,
    ...conf,
    isForeign,
    modified: [...modified.values()],
    holdsVip: holding !== undefined,
    interface: given ?? holding ?? direct,
  };
}

/** Configures keepalived on the load balancers and sees the VIP come up on exactly one of them. */
export const keepalived: Step<Facts> = {
  id: "keepalived",
  title: "Configure keepalived, bring the VIP up",
  why: "The VIP must be on one load balancer, and only on one that reaches a ready apiserver.",
  rollout: "together",
  on: "load-balancers",
  settleSeconds: 45,
  async probe(fleet) {
    const hosts = fleet.hosts("loadBalancers").map((host) => hostFacts(host, fleet.inventory));
    return { hosts: await Promise.all(hosts) };
  },
  plan({ hosts }, inventory) {
    // One password for all: where the load balancers differ, every one of them is written.
    const ours = hosts.filter(({ isForeign }) => !isForeign);
    const differ = new Set(ours.map((host) => host.passwordDigest)).size > 1;
    const split = splitBrain(holdersOf(hosts), inventory);
    // Only a warning: an earlier step of the same run may end it.
    const problems: Problem[] = split === undefined ? [] : [{ severity: "warning", ...split }];
    const changes = inventory.loadBalancers.flatMap((host) => {
      const facts = hosts.find(({ name }) => name === host.name);
      if (facts === undefined) return [];
      if (facts.isForeign) {
        problems.push(foreignFile(host.name, KEEPALIVED_CONF));
        return [];
      }
      if (facts.interface === undefined) {
        problems.push(noInterface(host, inventory));
        return [];
      }
      return planHost(facts, { ...facts, interface: facts.interface }, host, inventory, differ);
    });
    return { changes, problems };
  },
  async verify(fleet) {
    const { address, port } = endpoint(fleet.inventory);
    const url = `https://${address}:${port}`;
    const hosts = fleet.hosts("loadBalancers");
    const states = await Promise.all(
      hosts.map(async (host) => {
        const [unit, own] = await Promise.all([host.ask(unitState("keepalived")), host.ask(addresses)]);
        return { name: host.name, unit, holdsVip: own.some((a) => a.address === address) };
      }),
    );
    const holders = holdersOf(states);
    const split = splitBrain(holders, fleet.inventory);
    const count = `${holders.length}${split === undefined ? "" : `; ${split.what}. To end it, ${split.fix}`}`;
    const units = states.map(({ name, unit }): Check =>
      check(name, "keepalived", "active, enabled", words(unit)),
    );
    const statuses = hosts.map(async (host) =>
      check(host.name, `${url}/healthz`, "200", String(await host.ask(httpStatus(`${url}/healthz`)))),
    );
    return [
      ...units,
      check(hosts.map((h) => h.name).join(","), `hosts that hold ${address}`, "1", count),
      ...(await Promise.all(statuses)),
    ];
  },
};

/** The names of those that hold the VIP. */
function holdersOf(hosts: readonly { readonly name: string; readonly holdsVip: boolean }[]): string[] {
  return hosts.filter(({ holdsVip }) => holdsVip).map(({ name }) => name);
}

function noInterface(host: LoadBalancerHost, inventory: Inventory): Problem {
  const vip = endpoint(inventory).address;
  return {
    severity: "blocker",
    host: host.name,
    what: `${vip} is not on a network that this host is on`,
    fix: `choose a VIP in the load balancers' own network, or set loadBalancers[].interface for ${host.name}`,
  };
}

function planHost(
  facts: HostFacts,
  { interface: networkInterface }: { readonly interface: string },
  host: LoadBalancerHost,
  inventory: Inventory,
  passwordsDiffer: boolean,
): Change[] {
  const { address, port } = endpoint(inventory);
  const unicast = vrrpUnicast(inventory, host.name);
  const conf = {
    host: host.name,
    vip: address,
    interface: networkInterface,
    virtualRouterId: inventory.loadBalancer.virtualRouterId,
    priority: vrrpPriority(inventory, host),
    penalty: vrrpPenalty(inventory),
    ...(unicast && { unicast }),
  };
  const script = checkScript({ vip: address, port });
  const changes: Change[] = [];
  if (facts.script?.content !== script || facts.script.mode !== "755") {
    changes.push({
      kind: "file",
      host: host.name,
      path: CHECK_SCRIPT_PATH,
      content: script,
      mode: "0755",
      owner: "root:root",
      before: facts.script?.content ?? null,
    });
  }
  if (facts.shown !== shownKeepalivedConfig(conf) || passwordsDiffer) {
    // What the package may bring is nobody's work, and unknown before it is installed.
    const before = facts.shown?.startsWith(MANAGED) ? facts.shown : null;
    changes.push({ kind: "keepalived-config", ...conf, before });
  }
  const modified = [...facts.modified, ...(facts.script ? [facts.script.modified] : [])];
  return [...changes, ...servicePlan(host.name, "keepalived", facts.unit, changes, modified)];
}

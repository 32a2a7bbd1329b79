import type { Change } from "../../changes/change.js";
import { shownKeepalivedConfig } from "../../changes/keepalived-config.js";
import { areStaticPods, running, type Running } from "../../cluster/load-balancer-program.js";
import {
  CHECK_SCRIPT_IN_POD,
  CHECK_SCRIPT_PATH,
  UNCONFINED_CHECK_SCRIPT_PATH,
} from "../../config-files/keepalived.js";
import { checkScript } from "../../config-files/check-script.js";
import { MANAGED } from "../../config-files/managed.js";
import type { Inventory, LoadBalancerHost } from "../../inventory/schema.js";
import { vrrpPenalty, vrrpPriority } from "../../inventory/targets.js";
import { modifiedTimes, readFile, type FileState } from "../../machine/files.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import type { ReadOnlyHost } from "../../machine/host.js";
import { KEEPALIVED_CONF, maskedKeepalivedConf } from "../../machine/keepalived.js";
import { addresses, directInterface } from "../../machine/network.js";
import { isForeignFile } from "../../machine/packages.js";
import { selinuxForHaproxy } from "../../machine/selinux.js";
import { ensureFile } from "../ensure.js";
import { hostsOf } from "../host-selector.js";
import type { Problem, Step } from "../step.js";
import { foreignConfig, isKept, shownBefore } from "./foreign-file.js";
import { otherWay, runPlan } from "./running.js";
import { splitBrain } from "./split-brain.js";
import { vrrpUnicast } from "./unicast.js";
import { announcer, holdersOf, vipChecks, type Announcer } from "./vip.js";

interface HostFacts extends Announcer, Running {
  /** Path of the check script, and its current state. */
  readonly checkScript: string;
  readonly script: FileState | undefined;
  /** keepalived.conf with its passwords masked; `null` if there is none. */
  readonly shown: string | null;
  /** Whether keepalived.conf is a third-party configuration. */
  readonly isForeign: boolean;
  readonly modified: readonly number[];
  /** The interface on the VIP's network. */
  readonly interface: string | undefined;
}
interface Facts {
  readonly hosts: readonly HostFacts[];
  /** The load balancers that another step configures. */
  readonly others?: readonly Announcer[];
}

async function hostFacts(host: ReadOnlyHost, fleet: ReadOnlyFleet): Promise<HostFacts> {
  const { inventory } = fleet;
  const vip = inventory.cluster.endpoint.address;
  const [how, selinux, script, unconfinedScript, conf, isForeign, modified, all, direct] = await Promise.all([
    running(host, "keepalived", fleet),
    host.ask(selinuxForHaproxy),
    host.ask(readFile(CHECK_SCRIPT_PATH)),
    host.ask(readFile(UNCONFINED_CHECK_SCRIPT_PATH)),
    host.ask(maskedKeepalivedConf),
    host.ask(isForeignFile(KEEPALIVED_CONF, { mark: MANAGED, package: "keepalived" })),
    host.ask(modifiedTimes([KEEPALIVED_CONF])),
    host.ask(addresses),
    host.ask(directInterface(vip)),
  ]);
  const holding = all.find((a) => a.address === vip)?.interface;
  const given = inventory.loadBalancers.find((h) => h.name === host.name)?.interface;
  const isConfined = selinux !== undefined && !areStaticPods(inventory);
  return {
    ...how,
    checkScript: isConfined ? UNCONFINED_CHECK_SCRIPT_PATH : CHECK_SCRIPT_PATH,
    script: isConfined ? unconfinedScript : script,
    ...conf,
    isForeign,
    modified: [...modified.values()],
    holdsVip: holding !== undefined,
    interface: given ?? holding ?? direct,
  };
}

/** Configures keepalived on the load balancers and verifies that exactly one of them holds the VIP. */
export const keepalived: Step<Facts> = {
  id: "keepalived",
  title: "Configure keepalived and bring up the VIP",
  why: "keepalived keeps the VIP on exactly one load balancer, which must reach a ready apiserver.",
  requires: [
    {
      steps: ["load-balancer-packages", "firewall", "haproxy"],
      why: "keepalived activates the VIP where haproxy answers; if a firewall blocks VRRP, every load balancer takes the VIP",
    },
  ],
  rollout: "together",
  on: "early-load-balancers",
  settleSeconds: 45,
  async probe(fleet) {
    const own = hostsOf(this, fleet);
    const rest = fleet.hosts("loadBalancers").filter((host) => !own.includes(host));
    const [hosts, others] = await Promise.all([
      Promise.all(own.map((host) => hostFacts(host, fleet))),
      Promise.all(rest.map((host) => announcer(host, fleet.inventory.cluster.endpoint.address))),
    ]);
    return { hosts, others };
  },
  plan({ hosts, others = [] }, inventory) {
    // All load balancers share one password: if they differ, all of them are rewritten.
    const digests = [...hosts, ...others].map((host) => host.passwordDigest);
    const differ = new Set(digests.filter((digest) => digest !== "")).size > 1;
    const split = splitBrain(holdersOf([...hosts, ...others]), inventory);
    // Only a warning: an earlier step of the same run may resolve it.
    const problems: Problem[] = split === undefined ? [] : [{ severity: "warning", ...split }];
    const changes = inventory.loadBalancers.flatMap((host) => {
      const facts = hosts.find(({ name }) => name === host.name);
      if (facts === undefined) return [];
      if (facts.isForeign) {
        problems.push(foreignConfig(host.name, KEEPALIVED_CONF, inventory));
        if (isKept(facts, inventory)) return [];
      }
      const obstacles = otherWay(facts, "keepalived", inventory);
      if (obstacles.length > 0) {
        problems.push(...obstacles);
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
  verify(fleet) {
    return vipChecks(hostsOf(this, fleet), fleet);
  },
};

/** keepalived as a static pod on the masters that join after the first one got its own. */
export const standbyKeepalived: Step<Facts> = {
  ...keepalived,
  id: "standby-keepalived",
  title: "Configure keepalived on the masters that joined",
  why: "A static pod needs a kubelet, so these masters can take over the VIP only after they joined.",
  requires: [
    {
      steps: ["keepalived", "standby-haproxy"],
      why: "the VIP moves to a master where haproxy answers, and the VRRP password comes from the first master",
    },
  ],
  on: "late-load-balancers",
};

function noInterface(host: LoadBalancerHost, inventory: Inventory): Problem {
  const vip = inventory.cluster.endpoint.address;
  return {
    severity: "blocker",
    host: host.name,
    what: `the VIP ${vip} is not in any network of this host`,
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
  const { address, port } = inventory.cluster.endpoint;
  const unicast = vrrpUnicast(inventory, host.name);
  const conf = {
    host: host.name,
    vip: address,
    interface: networkInterface,
    virtualRouterId: inventory.loadBalancer.virtualRouterId,
    priority: vrrpPriority(inventory, host),
    penalty: vrrpPenalty(inventory),
    ...(unicast && { unicast }),
    ...(facts.checkScript !== CHECK_SCRIPT_PATH && { checkScript: facts.checkScript }),
    ...(areStaticPods(inventory) && { inPod: true as const, checkScript: CHECK_SCRIPT_IN_POD }),
  };
  const script = checkScript({ vip: address, port });
  const changes = ensureFile(host.name, facts.checkScript, script, facts.script, { isExecutable: true });
  if (facts.shown !== shownKeepalivedConfig(conf) || passwordsDiffer) {
    const before = facts.shown === null ? null : shownBefore(facts.shown, facts.isForeign);
    changes.push({ kind: "keepalived-config", ...conf, before });
  }
  const modified = [...facts.modified, ...(facts.script ? [facts.script.modified] : [])];
  return [...changes, ...runPlan(facts, "keepalived", inventory, changes, modified)];
}

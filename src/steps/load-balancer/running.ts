import type { Change } from "../../changes/change.js";
import { areStaticPods, atPresent, type Running } from "../../cluster/load-balancer-program.js";
import {
  haproxyPod,
  keepalivedPod,
  withoutRun,
  type BalancerPod,
} from "../../config-files/load-balancer-pods.js";
import { MANAGED } from "../../config-files/managed.js";
import type { Inventory } from "../../inventory/schema.js";
import type { ReadOnlyHost } from "../../machine/host.js";
import { podManifest } from "../../machine/load-balancer-pods.js";
import type { UnitState } from "../../machine/systemd.js";
import { check, type Check, type Problem } from "../step.js";
import { foreignFile } from "./foreign-file.js";
import { servicePlan } from "./service-plan.js";

/** Changes that start a program with its current files: after they changed, or after an interrupted run. */
export function runPlan(
  { name, unit, pod }: Running,
  program: BalancerPod,
  inventory: Inventory,
  fileChanges: readonly Change[],
  filesModified: readonly number[],
  listens = true,
): Change[] {
  if (!areStaticPods(inventory)) return servicePlan(name, program, unit, fileChanges, filesModified, listens);
  const manifest = wanted(program, inventory);
  const before = pod?.manifest === undefined ? null : withoutRun(pod.manifest.content);
  const since = pod?.since;
  const isOld = since !== undefined && Math.max(0, ...filesModified) > since;
  const reasons = [
    ...(fileChanges.length > 0 || before !== manifest || isOld ? ["new configuration"] : []),
    ...(fileChanges.length === 0 && since === undefined && before === manifest ? ["not running"] : []),
    ...(since !== undefined && !listens ? ["not listening"] : []),
  ];
  if (reasons.length === 0) return [];
  return [{ kind: "static-pod", host: name, pod: program, manifest, before, because: reasons.join(", ") }];
}

function wanted(program: BalancerPod, inventory: Inventory): string {
  const image = inventory.loadBalancer.images[program];
  return program === "haproxy"
    ? haproxyPod({ image, port: inventory.cluster.endpoint.port })
    : keepalivedPod({ image });
}

/** Blocks if the program already runs in the other form, service or static pod: the two would conflict. */
export function otherWay(
  { name, unit, pod }: Running,
  program: BalancerPod,
  inventory: Inventory,
): Problem[] {
  const path = podManifest(program);
  if (areStaticPods(inventory)) {
    if (pod?.manifest?.content.startsWith(MANAGED) === false) return [foreignFile(name, path)];
    if (!unit.active) return [];
    return [
      {
        severity: "blocker",
        host: name,
        what: `${program} runs as a service, but the inventory requires a static pod`,
        fix: `systemctl disable --now ${program}; or set runAs: packages in the inventory`,
      },
    ];
  }
  if (pod?.manifest === undefined) return [];
  return [
    {
      severity: "blocker",
      host: name,
      what: `${program} runs as a static pod, but the inventory requires a service`,
      fix: `move ${path} elsewhere; or set runAs: static-pods in the inventory`,
    },
  ];
}

/** Whether the program runs as the inventory requires, now and after a reboot. */
export async function runs(host: ReadOnlyHost, program: BalancerPod, inventory: Inventory): Promise<Check> {
  const { unit, pod } = await atPresent(host, program, inventory);
  if (!areStaticPods(inventory)) return check(host.name, program, "active, enabled", words(unit));
  const found =
    pod.manifest === undefined ? "no manifest" : pod.since === undefined ? "not running" : "running";
  return check(host.name, `static pod ${program}`, "running", found);
}

/** A unit's state in words. */
function words(unit: UnitState): string {
  return `${unit.active ? "active" : "not active"}, ${unit.enabled ? "enabled" : "not enabled"}`;
}

import { existsSync } from "node:fs";
import { join } from "node:path";
import { hostRoot } from "./hosts.js";
import type { LabIdentity } from "./identity.js";
import type { Scenario } from "./scenario.js";
import { sshResult } from "./ssh.js";
import { waitFor } from "./waiting.js";

/** Which hosts are on, and which of them were booted, from when on. */
export interface Boot {
  readonly on: readonly string[];
  readonly booted: readonly string[];
  readonly since: Date;
}

interface NodeList {
  items: {
    metadata: { name: string };
    status: { conditions?: { type: string; status: string; lastHeartbeatTime: string }[] };
  }[];
}

interface PodList {
  items: {
    spec: { nodeName?: string };
    status: { containerStatuses?: { ready: boolean; state: { running?: { startedAt: string } } }[] };
  }[];
}

/** The API tells whole seconds. */
const wholeSecond = (time: Date) => Math.floor(time.getTime() / 1000) * 1000;

/** Whether every node of a host that is on is Ready; one that was booted must have said so itself since. */
export function nodesReady(nodes: NodeList, { on, booted, since }: Boot): boolean {
  const present = nodes.items.filter((node) => on.includes(node.metadata.name));
  return present.every(({ metadata, status }) =>
    status.conditions?.some(
      (condition) =>
        condition.type === "Ready" &&
        condition.status === "True" &&
        (!booted.includes(metadata.name) || Date.parse(condition.lastHeartbeatTime) >= wholeSecond(since)),
    ),
  );
}

/** Whether every container on a host that is on is ready; on one that was booted it must have been started since. */
export function podsReady(pods: PodList, { on, booted, since }: Boot): boolean {
  const placed = pods.items.filter(({ spec }) => spec.nodeName === undefined || on.includes(spec.nodeName));
  return placed.every(({ spec, status }) =>
    status.containerStatuses?.every(
      ({ ready, state }) =>
        ready &&
        (!booted.includes(spec.nodeName ?? "") ||
          Date.parse(state.running?.startedAt ?? "") >= wholeSecond(since)),
    ),
  );
}

/** A running host that can ask the API. */
function aMaster(lab: LabIdentity, on: readonly string[]): string | undefined {
  return on.find((name) => existsSync(join(hostRoot(lab, name), "etc/kubernetes/admin.conf")));
}

async function ask<T>(
  lab: LabIdentity,
  scenario: Scenario,
  master: string,
  what: string,
): Promise<T | undefined> {
  const kubectl = "kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=3s";
  const command = `${kubectl} get --raw=/readyz >/dev/null && ${kubectl} get ${what} -o json`;
  const { exitCode, stdout } = await sshResult(lab, scenario, master, command, { timeoutSeconds: 10 });
  return exitCode === 0 ? (JSON.parse(stdout) as T) : undefined;
}

/** Waits until the API answers and the nodes are Ready; where there is no master there is nothing to wait for. */
export async function waitForNodes(lab: LabIdentity, scenario: Scenario, boot: Boot): Promise<void> {
  const master = aMaster(lab, boot.on);
  if (master === undefined) return;
  await waitFor("the API and the nodes to be ready", 120, async () => {
    const nodes = await ask<NodeList>(lab, scenario, master, "nodes");
    return nodes && nodesReady(nodes, boot) ? true : undefined;
  });
}

/** Waits until every pod is Ready. */
export async function waitForPods(lab: LabIdentity, scenario: Scenario, boot: Boot): Promise<void> {
  const master = aMaster(lab, boot.on);
  if (master === undefined) return;
  await waitFor(
    "all pods to be ready",
    180,
    async () => {
      const pods = await ask<PodList>(lab, scenario, master, "pods -A");
      return pods && podsReady(pods, boot) ? true : undefined;
    },
    500,
  );
}

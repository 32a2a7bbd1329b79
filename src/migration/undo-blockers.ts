import { familyOf } from "../address.js";
import { isJoin, type AnyJoin } from "../changes/is-join.js";
import { bringsMember } from "../changes/join.js";
import { etcdAlarms, etcdMembers, memberAt } from "../cluster/etcd.js";
import { nodes, type Node } from "../cluster/kubernetes.js";
import { isOfLostHost } from "../cluster/lost-pods.js";
import { podsOn } from "../cluster/pods.js";
import { whyAlarmsStop, whyMembersStay } from "../cluster/quorum.js";
import { HOSTS_FILE } from "../config-files/hosts-file.js";
import type { Undoing } from "../engine/planned-undo.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import type { ReadOnlyHost } from "../machine/host.js";
import { KUBELET_CONF, kubeconfigs } from "../machine/kubeconfigs.js";
import { resolved } from "../machine/network.js";
import type { Problem } from "../steps/step.js";

/** Problems caused by removing masters, workers and the endpoint. */
export async function leavingProblems(
  undoings: readonly Undoing[],
  fleet: ReadOnlyFleet,
  force: boolean,
): Promise<Problem[]> {
  const changes = undoings.map(({ change }) => change);
  const leavers = changes.filter(isJoin);
  const endpointGoes = changes.some(({ kind }) => kind === "keepalived-config");
  const problems = await Promise.all([
    etcdProblems(leavers.filter(bringsMember), fleet),
    ...leavers.map((leaver) => podsLost(leaver.nodeName, fleet)),
    endpointGoes ? strandedNodes(undoings, leavers, fleet, force) : [],
  ]);
  return [...problems.flat(), ...(endpointGoes ? lostBalancers(fleet) : [])];
}

/** A lost load balancer keeps its configuration, so it serves the VIP when it is back. */
function lostBalancers({ inventory: { loadBalancers, cluster }, lost }: ReadOnlyFleet): Problem[] {
  return loadBalancers
    .filter(({ name }) => lost.has(name))
    .map(({ name }) => ({
      severity: "warning",
      host: name,
      what: `it is skipped (--skip-host); if k8s-ha configured it, it takes the VIP ${cluster.endpoint.address} as soon as it is back`,
      fix: "run k8s-ha rollback without --skip-host when it is back; do not give the VIP to another machine before",
    }));
}

/** The first member to leave may be unhealthy: the others have quorum without it. */
async function etcdProblems([first]: readonly AnyJoin[], fleet: ReadOnlyFleet): Promise<Problem[]> {
  if (first === undefined) return [];
  const [members, alarms] = await Promise.all([etcdMembers(fleet), etcdAlarms(fleet)]);
  const own = memberAt(members, first.address);
  const others = members.filter((member) => member !== own);
  const reasons = [whyMembersStay(others, "so no member is removed"), whyAlarmsStop(alarms)];
  return reasons.flatMap((reason): Problem[] =>
    reason === undefined ? [] : [{ severity: "blocker", host: fleet.firstMaster.name, ...reason }],
  );
}

async function podsLost(node: string, fleet: ReadOnlyFleet): Promise<Problem[]> {
  const pods = await podsOn(node, fleet);
  if (pods.length === 0) return [];
  return [
    {
      severity: "blocker",
      what: `pods are running on node ${node}, which the rollback removes from the cluster: ${pods.join(", ")}`,
      fix: `move them first: kubectl drain ${node} --ignore-daemonsets`,
    },
  ];
}

/** Nodes whose kubelet kubeconfig the rollback does not restore: they would lose the API with the endpoint. */
async function strandedNodes(
  undoings: readonly Undoing[],
  leavers: readonly AnyJoin[],
  fleet: ReadOnlyFleet,
  force: boolean,
): Promise<Problem[]> {
  const { url, host: name, address } = fleet.inventory.cluster.endpoint;
  const leaving = new Set(leavers.map(({ nodeName }) => nodeName));
  const staying = (await nodes(fleet)).filter(({ metadata }) => !leaving.has(metadata.name));
  const hosts = fleet.hosts("controlPlane", "workers");
  const problems = staying.map(async ({ metadata, status }): Promise<Problem[]> => {
    const host = hosts.find(({ address }) => addressesOf(status).includes(address));
    if (isOfLostHost({ metadata, status }, fleet)) {
      return [
        {
          severity: "warning",
          what: `the host of node ${metadata.name} is skipped (--skip-host), so it is not checked; if its kubelet uses the API at ${url}, it has no API when it is back`,
          fix: "run k8s-ha rollback without --skip-host when it is back: it restores the kubelet's kubeconfig",
        },
      ];
    }
    if (host === undefined) {
      return [
        {
          severity: force ? "warning" : "blocker",
          what: `node ${metadata.name} is not in the inventory; if it uses the API at ${url}, it loses the API`,
          fix: force
            ? "--force is set: the rollback continues without checking the node"
            : `add it to the inventory's workers so that k8s-ha can check it; use --force if its ${KUBELET_CONF} has another server address`,
        },
      ];
    }
    const pointedBack = undoings.some(
      ({ change }) =>
        change.kind === "kubeconfig" && change.host === host.name && change.path === KUBELET_CONF,
    );
    const [file] = await host.ask(kubeconfigs([KUBELET_CONF]));
    if (pointedBack || !file?.servers.includes(url)) return [];
    if (name !== address) return nameOnVip(undoings, host, { name, vip: address });
    return [
      {
        severity: "blocker",
        host: host.name,
        what: `${KUBELET_CONF} has the server ${url}, which no k8s-ha run wrote and the rollback does not change: the node would lose the API`,
        fix: `on ${host.name}: set the server to the first master's address, then run: systemctl restart kubelet`,
      },
    ];
  });
  return (await Promise.all(problems)).flat();
}

function addressesOf(status: Node["status"]): string[] {
  return (status.addresses ?? []).map(({ address }) => address);
}

/** If the cluster already used the name, the rollback restores its previous address and no kubeconfig changes. */
async function nameOnVip(
  undoings: readonly Undoing[],
  host: ReadOnlyHost,
  { name, vip }: { name: string; vip: string },
): Promise<Problem[]> {
  const comesBack = undoings.some(
    ({ change }) => change.kind === "file" && change.host === host.name && change.path === HOSTS_FILE,
  );
  if (comesBack || !(await host.ask(resolved(name, familyOf(vip) ?? "ipv4"))).includes(vip)) return [];
  return [
    {
      severity: "blocker",
      host: host.name,
      what: `${KUBELET_CONF} has the server name ${name}, which resolves to the VIP ${vip}: the node would lose the API`,
      fix: `in DNS, or in ${HOSTS_FILE} on ${host.name}, point ${name} to the first master again`,
    },
  ];
}

import { httpsUrl } from "../address.js";
import type { Change } from "../changes/change.js";
import { isJoin, type AnyJoin } from "../changes/is-join.js";
import { bringsMember } from "../changes/join.js";
import { etcdMembers, memberAt } from "../cluster/etcd.js";
import { isReady, nodes } from "../cluster/kubernetes.js";
import { isOfLostHost } from "../cluster/lost-pods.js";
import { isHealthyVoter } from "../cluster/quorum.js";
import type { Baseline } from "../engine/baseline.js";
import { firstMaster } from "../inventory/targets.js";
import { fileFingerprint, wireFingerprint } from "../machine/certificates.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import { httpStatus } from "../machine/network.js";
import { APISERVER_PORT } from "../ports.js";
import { healthAfterRollback } from "../steps/health/health.js";
import { check, type Check, type Step } from "../steps/step.js";

/**
 * The last step of a rollback: verifies the cluster without the nodes whose joins were undone. Nodes of lost hosts, and
 * nodes that were not Ready before the first run, need not be Ready.
 */
export function remainingCluster(undone: readonly Change[], before?: Baseline): Step {
  const left = undone.filter(isJoin);
  return {
    id: "verify",
    title: "Verify the remaining cluster",
    why: "The cluster must serve without the nodes that left.",
    rollout: "together",
    settleSeconds: 120,
    probe: () => Promise.resolve(null),
    plan: () => ({ changes: [] }),
    verify: (fleet) => clusterChecks(fleet, left, before?.notReadyNodes ?? []),
  };
}

async function clusterChecks(
  fleet: ReadOnlyFleet,
  left: readonly AnyJoin[],
  notReadyBefore: readonly string[],
): Promise<Check[]> {
  const { name, address } = firstMaster(fleet.inventory);
  const [members, all, status, wire, file] = await Promise.all([
    etcdMembers(fleet),
    nodes(fleet),
    fleet.firstMaster.ask(httpStatus(`${httpsUrl(address, APISERVER_PORT)}/readyz`)),
    fleet.firstMaster.ask(wireFingerprint(address, APISERVER_PORT)),
    fleet.firstMaster.ask(fileFingerprint("/etc/kubernetes/pki/apiserver.crt")),
  ]);
  const health = await healthAfterRollback(fleet, notReadyBefore);
  const gone = left.map((join) => {
    const { nodeName } = join;
    const isMember = bringsMember(join) && memberAt(members, join.address) !== undefined;
    const isNode = all.some(({ metadata }) => metadata.name === nodeName);
    const found = [...(isMember ? ["etcd member"] : []), ...(isNode ? ["node"] : [])];
    return check(name, `leftovers of ${nodeName} in the cluster`, "none", found.join(", ") || "none");
  });
  const sick = members.filter((member) => !isHealthyVoter(member)).map((member) => member.name);
  const notReady = all
    .filter((node) => !isReady(node) && !isOfLostHost(node, fleet))
    .map(({ metadata }) => metadata.name)
    .filter((node) => !notReadyBefore.includes(node));
  return [
    ...gone,
    check(name, "etcd members that are not healthy voters", "none", sick.join(", ") || "none"),
    check(name, "nodes that are not Ready", "none", notReady.join(", ") || "none"),
    check(name, `${httpsUrl(address, APISERVER_PORT)}/readyz`, "200", String(status)),
    check(name, "certificate that the apiserver serves", file, wire),
    ...health,
  ];
}

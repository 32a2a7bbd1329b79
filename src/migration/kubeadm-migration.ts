import { healthChecks } from "../steps/health/health.js";
import { baseline, comparison } from "./baseline.js";
import { clusterId } from "./cluster-id.js";
import { writingChecks } from "./writing-checks.js";
import { formerServers } from "../cluster/kubeadm-config.js";
import type { Migration } from "../engine/migration.js";
import { allSteps } from "../steps/all.js";
import { startMember } from "../steps/control-plane/start-member.js";
import { probeAvailability } from "./availability.js";
import { lostHosts } from "./lost-hosts.js";
import { remainingCluster } from "./remaining-cluster.js";
import { requireApi } from "./require-api.js";
import { leavingProblems } from "./undo-blockers.js";

/** The migration of a cluster that kubeadm created. */
export const kubeadmMigration: Migration = {
  steps: allSteps,
  repairStep: startMember.id,
  probeAvailability(fleet, { during, writes }) {
    const { inventory } = fleet;
    const after = during === "migrate" ? [inventory.cluster.endpoint.url] : [];
    return probeAvailability(fleet, [...formerServers(inventory).slice(0, 1), ...after], { writes });
  },
  clusterId,
  baseline,
  async healthChecks(look, before) {
    const [health, compared] = await Promise.all([
      healthChecks(look, before),
      before === undefined ? [] : comparison(look, before),
    ]);
    return [...health, ...compared];
  },
  writingChecks,
  requireReady: requireApi,
  undoProblems: leavingProblems,
  verificationAfterUndo: remainingCluster,
  lostHosts,
};

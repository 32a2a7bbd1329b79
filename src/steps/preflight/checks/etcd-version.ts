import { etcdLayout } from "../../../cluster/etcd-layout.js";
import { etcdVersions } from "../../../cluster/etcd-versions.js";
import { clusterConfiguration, parseClusterConfiguration } from "../../../cluster/kubeadm-config.js";
import { masterStates, pending } from "../../../cluster/masters.js";
import { holds, isLearnerOff } from "../../../config-files/kubeadm-versions.js";
import type { PreflightCheck } from "../check.js";

/** The etcd versions that may lose the promotion of a learner: 3.5.1 to 3.5.23. */
const LOSING = { from: 1, to: 23 };

/**
 * Members of etcd keep the promotion of a learner. etcd 3.5.1 to 3.5.23 may not write it to the v3 store, which etcd 3.6
 * reads: after that upgrade the member is a learner again (etcd#19557, etcd#20793).
 */
export const etcdVersion: PreflightCheck<{
  /** Member → its version; `null` if no member will be added as a learner. */
  readonly versions: ReadonlyMap<string, string> | null;
}> = {
  id: "etcd-version",
  probe: async (fleet) => {
    const [configuration, states, versions] = await Promise.all([
      clusterConfiguration(fleet),
      masterStates(fleet),
      etcdVersions(fleet),
    ]);
    const { kubernetesVersion, featureGates } = parseClusterConfiguration(configuration);
    const addsLearners =
      pending(states).length > 0 &&
      etcdLayout(configuration, fleet.inventory) === "stacked" &&
      holds("etcdLearner", kubernetesVersion) &&
      !isLearnerOff(kubernetesVersion, featureGates);
    return { versions: addsLearners ? versions : null };
  },
  problems: ({ versions }) => {
    const list = losingPromotions(versions ?? new Map());
    if (list === "") return [];
    return [
      {
        severity: "warning",
        what: `etcd 3.5.1 to 3.5.23 (${list}) may not save that a new member became a voter; after an upgrade to etcd 3.6 (Kubernetes 1.34), such members are learners again, and etcd does not start with more than one`,
        fix: `before the migration, or at the latest before the upgrade to Kubernetes 1.34, upgrade etcd to 3.5.26 or later: ${NEWER_ETCD}`,
      },
    ];
  },
};

/** How a cluster gets a newer etcd. */
export const NEWER_ETCD =
  "with a newer patch version of Kubernetes, or with etcd.local.imageTag of kubeadm-config and kubeadm upgrade apply";

/** The members with a version that may not save that a learner became a voter, as `master1: 3.5.15, …`. */
export function losingPromotions(versions: ReadonlyMap<string, string>): string {
  return [...versions]
    .filter(([, version]) => {
      const patch = Number(/^3\.5\.(\d+)/.exec(version)?.[1] ?? Number.NaN);
      return LOSING.from <= patch && patch <= LOSING.to;
    })
    .map(([name, version]) => `${name}: ${version}`)
    .join(", ");
}

import { etcdVersions } from "../../cluster/etcd-versions.js";
import { losingPromotions, NEWER_ETCD } from "../../steps/preflight/checks/etcd-version.js";
import type { DoctorCheck } from "../check.js";

/**
 * etcd 3.5.1 to 3.5.23 may not write the promotion of a learner to the v3 store: etcd 3.6 then sees a learner again, and
 * does not start with more than one (etcd#19557, etcd#20793). A single member never was a learner.
 */
export const etcdUpgrade: DoctorCheck<ReadonlyMap<string, string>> = {
  id: "etcd-upgrade",
  title: "etcd members will be accepted by etcd 3.6",
  upstream: "https://github.com/etcd-io/etcd/issues/20793",
  probe: (fleet) => etcdVersions(fleet),
  findings: (versions) => {
    const list = versions.size > 1 ? losingPromotions(versions) : "";
    if (list === "") return [];
    return [
      {
        severity: "warning",
        what: `a member that joined as a learner may be one again after the upgrade to etcd 3.6 (${list})`,
        fix: `upgrade to Kubernetes 1.34 only after etcd 3.5.26 or later has run on every member: ${NEWER_ETCD}`,
      },
    ];
  },
};

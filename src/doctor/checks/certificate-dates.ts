import { allEnds, MIN_DAYS, renewal } from "../../steps/preflight/checks/certificates.js";
import { askEach, type Answers } from "../../steps/preflight/answers.js";
import type { DoctorCheck } from "../check.js";

const DAY_SECONDS = 86_400;
const SOON_DAYS = 30;

/** Host → file → expiry in seconds since the epoch. */
type Ends = Answers<ReadonlyMap<string, number>>;

/** No certificate expires soon. Those that expire within days, or cannot be read, are reported by preflight's check. */
export const certificateDates: DoctorCheck<Ends> = {
  id: "certificate-dates",
  title: "certificates are valid for at least 30 days",
  upstream: "https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/",
  probe: (fleet) => askEach(fleet.hosts("controlPlane", "workers"), allEnds),
  findings: ({ found }, _inventory, now) =>
    [...found].flatMap(([host, ends]) =>
      [...ends]
        .map(([path, end]) => ({ path, days: Math.floor((end - now) / DAY_SECONDS) }))
        .filter(({ days }) => MIN_DAYS <= days && days < SOON_DAYS)
        .map(({ path, days }) => ({
          severity: "warning" as const,
          host,
          what: `${path} expires in ${days} days`,
          fix: renewal(host, path),
        })),
    ),
};

import { nodeAt, nodes } from "../../../cluster/kubernetes.js";
import { certificateEnds } from "../../../machine/certificates.js";
import { certificateFaults } from "../../../machine/issued-certificates.js";
import { askEquipped, type Answers } from "../answers.js";
import { blocker, type PreflightCheck } from "../check.js";

const DAY_SECONDS = 86_400;
const MIN_DAYS = 7;

/** Times in seconds since the epoch. */
interface Found {
  /** Host → certificate file → its expiry. */
  readonly ends: Answers<ReadonlyMap<string, number>>;
  /** Master → what is wrong with the certificates that kubeadm issued there. */
  readonly faults: Answers<readonly string[]>;
  /** The local clock. */
  readonly now: number;
}

/** No certificate has expired or expires soon, and those that kubeadm issued are signed by their CAs. */
export const certificates: PreflightCheck<Found> = {
  id: "certificates",
  probe: async (fleet) => {
    const hosts = fleet.hosts("controlPlane", "workers");
    const [ends, all] = await Promise.all([
      askEquipped(fleet, hosts, (host) => host.ask(certificateEnds)),
      nodes(fleet),
    ]);
    const masters = fleet.hosts("controlPlane").filter(({ address }) => nodeAt(all, address) !== undefined);
    const faults = await askEquipped(fleet, masters, (host) => host.ask(certificateFaults));
    return { ends, faults, now: Date.now() / 1000 };
  },
  problems: ({ ends: { found, failures }, faults, now }) => [
    ...failures,
    ...faults.failures.filter(({ host }) => !failures.some((other) => other.host === host)),
    ...[...faults.found].flatMap(([name, lines]) =>
      lines
        // Reported below with its date.
        .filter((line) => !line.includes("expired"))
        .map((line) =>
          blocker(
            name,
            `/etc/kubernetes/pki/${line}`,
            `on ${name}: move the file away, then: kubeadm init phase certs all --config FILE, with the ClusterConfiguration of kubeadm-config`,
          ),
        ),
    ),
    ...[...found].flatMap(([name, ends]) =>
      [...ends]
        // Negated, because an unreadable certificate has the expiry NaN and every comparison with NaN is false.
        .filter(([, end]) => !(end >= now + MIN_DAYS * DAY_SECONDS))
        .map(([path, end]) =>
          blocker(
            name,
            `${path} ${verdict(end, now)}`,
            path.startsWith("/var/lib/kubelet")
              ? `on ${name}: systemctl restart kubelet; then find out why it did not rotate the certificate: journalctl -u kubelet`
              : `on ${name}: kubeadm certs renew all, then restart the static pods`,
          ),
        ),
    ),
  ],
};

function verdict(end: number, now: number): string {
  if (Number.isNaN(end)) return "cannot be read as a certificate";
  return end < now ? "has expired" : `expires in ${((end - now) / DAY_SECONDS).toFixed(1)} days`;
}

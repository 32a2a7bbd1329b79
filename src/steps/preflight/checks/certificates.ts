import { nodeAt, nodes } from "../../../cluster/kubernetes.js";
import { certificateEnds, kubeconfigEnds } from "../../../machine/certificates.js";
import type { ReadOnlyHost } from "../../../machine/host.js";
import { certificateFaults } from "../../../machine/issued-certificates.js";
import { askEquipped, type Answers } from "../answers.js";
import { blocker, type PreflightCheck } from "../check.js";

const DAY_SECONDS = 86_400;
/** With fewer days left, a certificate stops a migration. */
export const MIN_DAYS = 7;

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
    const [ends, all] = await Promise.all([askEquipped(fleet, hosts, allEnds), nodes(fleet)]);
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
        .map(([path, end]) => blocker(name, `${path} ${verdict(end, now)}`, renewal(name, path))),
    ),
  ],
};

/** The expiry of each certificate of a node by its file: kubeadm's, those in kubeconfigs, and the kubelet's. */
export async function allEnds(host: ReadOnlyHost): Promise<ReadonlyMap<string, number>> {
  const [files, kubeconfigs] = await Promise.all([host.ask(certificateEnds), host.ask(kubeconfigEnds)]);
  return new Map([...files, ...kubeconfigs]);
}

/** How to renew the certificate in a file. */
export function renewal(host: string, path: string): string {
  if (path.startsWith("/var/lib/kubelet"))
    return `on ${host}: systemctl restart kubelet; then find out why it did not rotate the certificate: journalctl -u kubelet`;
  if (/\/(?:ca|front-proxy-ca)\.crt$/.test(path))
    return "kubeadm does not renew a CA: https://kubernetes.io/docs/tasks/tls/manual-rotation-of-ca-certificates/";
  return `on ${host}: kubeadm certs renew all, then restart the static pods`;
}

function verdict(end: number, now: number): string {
  if (Number.isNaN(end)) return "cannot be read as a certificate";
  return end < now ? "has expired" : `expires in ${((end - now) / DAY_SECONDS).toFixed(1)} days`;
}

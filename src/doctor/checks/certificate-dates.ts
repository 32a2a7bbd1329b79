import { certificateEnds, kubeconfigEnds } from "../../machine/certificates.js";
import { askEach, type Answers } from "../../steps/preflight/answers.js";
import type { DoctorCheck, Finding } from "../check.js";
import { asFinding } from "../as-finding.js";

const DAY_SECONDS = 86_400;
const SOON_DAYS = 30;

/** Host → file → expiry in seconds since the epoch, NaN if it cannot be read. */
type Ends = Answers<ReadonlyMap<string, number>>;

/** No certificate expires soon: those below /etc/kubernetes/pki, in kubeconfigs, and the kubelets'. */
export const certificateDates: DoctorCheck<Ends> = {
  id: "certificate-dates",
  title: "certificates are valid for at least 30 days",
  upstream: "https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/",
  probe: (fleet) =>
    askEach(fleet.hosts("controlPlane", "workers"), async (host) => {
      const [files, kubeconfigs] = await Promise.all([host.ask(certificateEnds), host.ask(kubeconfigEnds)]);
      return new Map([...files, ...kubeconfigs]);
    }),
  findings: ({ found, failures }, _inventory, now) => [
    ...failures.map(asFinding),
    ...[...found].flatMap(([host, ends]) =>
      [...ends]
        // Negated, because every comparison with NaN is false.
        .filter(([, end]) => !(end >= now + SOON_DAYS * DAY_SECONDS))
        .map(([path, end]): Finding => {
          const days = Math.floor((end - now) / DAY_SECONDS);
          const what = Number.isNaN(end)
            ? "cannot be read as a certificate"
            : end < now
              ? "has expired"
              : `expires in ${days} days`;
          const isSafe = days >= 7;
          return {
            severity: isSafe ? "warning" : "error",
            host,
            what: `${path} ${what}`,
            fix: renewal(host, path),
          };
        }),
    ),
  ],
};

function renewal(host: string, path: string): string {
  if (path.startsWith("/var/lib/kubelet"))
    return `on ${host}: systemctl restart kubelet; then find out why it did not rotate the certificate: journalctl -u kubelet`;
  if (/\/(?:ca|front-proxy-ca)\.crt$/.test(path))
    return "a CA is not renewed by kubeadm: https://kubernetes.io/docs/tasks/tls/manual-rotation-of-ca-certificates/";
  return `on ${host}: kubeadm certs renew all, then restart the static pods`;
}

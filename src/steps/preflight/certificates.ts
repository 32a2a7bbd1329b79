import type { Problem } from "../step.js";
import { blocker } from "./machines.js";

const DAY_SECONDS = 86_400;
const MIN_DAYS = 7;

/** Certificates that have expired or expire soon. `hosts`: host → file → expiry; times in seconds since the epoch. */
export function certificateProblems(
  hosts: ReadonlyMap<string, ReadonlyMap<string, number>>,
  now: number,
): Problem[] {
  return [...hosts].flatMap(([name, ends]) =>
    [...ends]
      // Negated, because an unreadable certificate has the expiry NaN and every comparison with NaN is false.
      .filter(([, end]) => !(end >= now + MIN_DAYS * DAY_SECONDS))
      .map(([path, end]) =>
        blocker(
          name,
          `${path} ${verdict(end, now)}`,
          path.startsWith("/var/lib/kubelet")
            ? "systemctl restart kubelet, and find out why it did not rotate the certificate"
            : "kubeadm certs renew all, then restart the static pods",
        ),
      ),
  );
}

function verdict(end: number, now: number): string {
  if (Number.isNaN(end)) return "cannot be read as a certificate";
  return end < now ? "has expired" : `expires in ${((end - now) / DAY_SECONDS).toFixed(1)} days`;
}

import type { Problem } from "../step.js";
import { blocker } from "./machines.js";

const DAY_SECONDS = 86_400;
const MIN_DAYS = 7;

/** Certificates that have ended, or would soon. `hosts`: host → file → its end; `now`: both in seconds since the epoch. */
export function certificateProblems(
  hosts: ReadonlyMap<string, ReadonlyMap<string, number>>,
  now: number,
): Problem[] {
  return [...hosts].flatMap(([name, ends]) =>
    [...ends]
      // Not the other way round: what is no certificate has no end, and NaN is in no order.
      .filter(([, end]) => !(end >= now + MIN_DAYS * DAY_SECONDS))
      .map(([path, end]) =>
        blocker(
          name,
          `${path} ${verdict(end, now)}`,
          path.startsWith("/var/lib/kubelet")
            ? "systemctl restart kubelet, and look why it did not rotate"
            : "kubeadm certs renew all, then restart the static pods",
        ),
      ),
  );
}

function verdict(end: number, now: number): string {
  if (Number.isNaN(end)) return "cannot be read as a certificate";
  return end < now ? "has expired" : `ends in ${((end - now) / DAY_SECONDS).toFixed(1)} days`;
}

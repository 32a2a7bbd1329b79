import { sh, shellLines, type Shell } from "../shell/shell.js";
import { remoteAttempt, type Query } from "./query.js";

/**
 * Exits with 0 if an address answers ping, or at least ARP or neighbor discovery; the kernel revalidates a minute-old
 * entry.
 */
function asking(address: string): Shell {
  return sh`ping -c 1 -W 1 ${address} >/dev/null 2>&1 && exit 0
timeout 1 bash -c ${`</dev/tcp/${address}/9`} >/dev/null 2>&1
for i in 1 2 3 4 5 6 7 8 9 10; do
  case $(ip neigh show ${address}) in *REACHABLE*|*PERMANENT*) exit 0;; *STALE*|*DELAY*|*PROBE*|*INCOMPLETE*) sleep 1;; *) exit 1;; esac
done
exit 1`;
}

/** Whether an address on the host's network is in use. */
export function isInUse(address: string): Query<boolean> {
  return remoteAttempt(asking(address), ({ code }) => code === 0);
}

/** Those of some addresses on the host's network that are in use; all are asked at the same time. */
export function inUse(addresses: readonly string[]): Query<readonly string[]> {
  const each = addresses.map((address) => sh`( ( ${asking(address)} ) && echo ${address} ) &`);
  return remoteAttempt(shellLines(...each, sh`wait`), ({ stdout }) =>
    stdout.split("\n").filter((line) => line !== ""),
  );
}

import type { ReadOnlyHost } from "../../../machine/host.js";
import { remoteAttempt } from "../../../machine/query.js";
import { sh } from "../../../shell/shell.js";
import { equipped } from "../answers.js";
import type { PreflightCheck } from "../check.js";
import { vipIsOurs } from "../vip-is-ours.js";

/** Nothing else uses the VIP. */
export const vip: PreflightCheck<{
  /** Whether a load balancer got an answer from the VIP although no load balancer holds it. */
  readonly answers: boolean;
}> = {
  id: "vip",
  probe: async (fleet) => {
    const [isOurs, balancers] = await Promise.all([
      vipIsOurs(fleet),
      equipped(fleet, fleet.hosts("loadBalancers")),
    ]);
    return { answers: !isOurs && (await anyAnswer(balancers, fleet.inventory.cluster.endpoint.address)) };
  },
  problems: ({ answers }, inventory) =>
    answers
      ? [
          {
            severity: "blocker",
            what: `the VIP ${inventory.cluster.endpoint.address} is already in use: it answers, but none of the load balancers holds it`,
            fix: "set a free address in cluster.endpoint, or remove this one from the host that has it",
          },
        ]
      : [],
};

/** Whether an address answers ping, or at least ARP or neighbor discovery; the kernel revalidates a minute-old entry. */
export async function anyAnswer(hosts: readonly ReadOnlyHost[], address: string): Promise<boolean> {
  const script = sh`ping -c 1 -W 1 ${address} >/dev/null 2>&1 && exit 0
timeout 1 bash -c ${`</dev/tcp/${address}/9`} >/dev/null 2>&1
for i in 1 2 3 4 5 6 7 8 9 10; do
  case $(ip neigh show ${address}) in *REACHABLE*|*PERMANENT*) exit 0;; *STALE*|*DELAY*|*PROBE*|*INCOMPLETE*) sleep 1;; *) exit 1;; esac
done
exit 1`;
  const answers = await Promise.all(
    hosts.map((host) => host.ask(remoteAttempt(script, ({ code }) => code === 0))),
  );
  return answers.includes(true);
}

import { httpsUrl } from "../../address.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import type { ReadOnlyHost } from "../../machine/host.js";
import { remoteAttempt, type Query } from "../../machine/query.js";
import { APISERVER_PORT } from "../../ports.js";
import { sh } from "../../shell/shell.js";
import { check, type Check } from "../step.js";

const ALL = "every kube-apiserver is ready";

/**
 * Checks that each load balancer reaches each apiserver at its own address, where haproxy sends clients, and each worker too
 * if the Service `kubernetes` has these addresses.
 */
export async function reachabilityChecks(
  fleet: ReadOnlyFleet,
  masters: readonly ReadOnlyHost[],
): Promise<Check[]> {
  const names = new Set(masters.map(({ name }) => name));
  const workers = fleet.inventory.cluster.advertise === "node" ? fleet.hosts("workers") : [];
  const hosts = [...fleet.hosts("loadBalancers"), ...workers].filter(({ name }) => !names.has(name));
  return Promise.all(
    hosts.map(async (host) => {
      const answers = await host.ask(statuses(masters));
      const wrong = masters.flatMap(({ name }, i) =>
        answers[i] === "200"
          ? []
          : [`${name}: ${answers[i] === "000" ? "no answer" : (answers[i] ?? "none")}`],
      );
      return check(host.name, "kube-apiservers at their own addresses", ALL, wrong.join(", ") || ALL);
    }),
  );
}

/** The HTTP status of /readyz on each master; `000` without an answer. */
function statuses(masters: readonly ReadOnlyHost[]): Query<readonly string[]> {
  const urls = masters.map(({ address }) => `${httpsUrl(address, APISERVER_PORT)}/readyz`);
  const script = sh`for url in ${urls}; do curl -q -sk -o /dev/null -w '%{http_code}\n' --max-time 3 "$url" || true; done`;
  return remoteAttempt(script, ({ stdout }) => stdout.trim().split("\n"));
}

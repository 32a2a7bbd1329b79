import { firstMaster } from "../../../inventory/targets.js";
import { isSignedByClusterCa } from "../../../machine/certificates.js";
import type { ReadOnlyFleet } from "../../../machine/fleet.js";
import { httpStatus, probePort, type PortAnswer } from "../../../machine/network.js";
import { APISERVER_PORT } from "../../../ports.js";
import type { Problem } from "../../step.js";
import { askEquipped, type Answers } from "../answers.js";
import { blocker, type PreflightCheck } from "../check.js";

/** How the endpoint of an external load balancer answers. */
interface Found {
  /** Its answers to each host: the port's, and the HTTP status of /readyz (0 without a response). */
  readonly answers: Answers<{ readonly port: PortAnswer; readonly readyz: number }>;
  /** Whether it presents a certificate signed by the cluster's CA, checked from the first master. */
  readonly isOurs: boolean;
}

/**
 * An external load balancer already forwards to the cluster, because k8s-ha does not configure it. The certificate is not
 * checked for the endpoint's name, which may not be in it yet. Found: `null` if k8s-ha manages the load balancers.
 */
export const externalEndpoint: PreflightCheck<Found | null> = {
  id: "external-endpoint",
  probe,
  problems: (found, inventory) => {
    if (found === null) return [];
    const where = inventory.cluster.endpoint.text;
    const first = firstMaster(inventory);
    const target = `port ${APISERVER_PORT} of all ready masters, as plain TCP (now only ${first.address}, later all masters)`;
    const faults = [...found.answers.found].flatMap(([from, { port, readyz }]): Problem[] => {
      if (port !== "open") {
        const what = `${where} ${port === "silent" ? "does not answer" : "refuses connections"}`;
        const fix = `configure the load balancer to listen there and forward to ${target}; allow ${from} to reach it`;
        return [blocker(from, what, fix)];
      }
      if (readyz === 200) return [];
      const what = `https://${where}/readyz ${readyz === 0 ? "does not respond" : `returns HTTP status ${readyz}`}`;
      return [blocker(from, what, `configure the load balancer to forward ${where} to ${target}`)];
    });
    if (faults.length > 0 || found.isOurs) return [...found.answers.failures, ...faults];
    return [
      ...found.answers.failures,
      blocker(
        first.name,
        `${where} presents a certificate that is not signed by this cluster's CA`,
        `configure the load balancer to pass TLS through unchanged, and to forward to ${target}`,
      ),
    ];
  },
};

async function probe(fleet: ReadOnlyFleet): Promise<Found | null> {
  if (fleet.inventory.loadBalancers.length > 0) return null;
  const { address, port, url } = fleet.inventory.cluster.endpoint;
  const [isOurs, answers] = await Promise.all([
    fleet.firstMaster.ask(isSignedByClusterCa(address, port)),
    askEquipped(fleet, fleet.hosts(), async (host) => {
      const [answer, readyz] = await Promise.all([
        host.ask(probePort(address, port)),
        host.ask(httpStatus(`${url}/readyz`)),
      ]);
      return { port: answer, readyz };
    }),
  ]);
  return { answers, isOurs };
}

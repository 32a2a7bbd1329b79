import type { Inventory } from "../../inventory/schema.js";
import { endpoint, firstMaster } from "../../inventory/targets.js";
import { isSignedByClusterCa } from "../../machine/certificates.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { httpStatus, probePort, type PortAnswer } from "../../machine/network.js";
import { APISERVER_PORT } from "../../ports.js";
import type { Problem } from "../step.js";
import { blocker } from "./machines.js";

/** How the endpoint of an external load balancer answers. */
export interface ExternalEndpoint {
  /** Its answers to each host. */
  readonly answers: readonly { readonly from: string; readonly port: PortAnswer; readonly readyz: number }[];
  /** Whether it presents a certificate signed by the cluster's CA, checked from the first master. */
  readonly isOurs: boolean;
}

/**
 * Probes the endpoint of an external load balancer from every host except those that lack tools; `undefined` if k8s-ha
 * manages the load balancers. Does not check the certificate for the endpoint's name, which may not be in it yet.
 */
export async function externalEndpoint(
  fleet: ReadOnlyFleet,
  lacking: readonly string[],
): Promise<ExternalEndpoint | undefined> {
  if (fleet.inventory.loadBalancers.length > 0) return undefined;
  const { address, port, url } = endpoint(fleet.inventory);
  const hosts = fleet.hosts().filter(({ name }) => !lacking.includes(name));
  const [isOurs, ...answers] = await Promise.all([
    fleet.firstMaster.ask(isSignedByClusterCa(address, port)),
    ...hosts.map(async (host) => {
      const [answer, readyz] = await Promise.all([
        host.ask(probePort(address, port)),
        host.ask(httpStatus(`${url}/readyz`)),
      ]);
      return { from: host.name, port: answer, readyz };
    }),
  ]);
  return { answers, isOurs };
}

/** Problems of an external load balancer. k8s-ha does not configure it, so it must already forward to the cluster. */
export function externalEndpointProblems(
  found: ExternalEndpoint | undefined,
  inventory: Inventory,
): Problem[] {
  if (found === undefined) return [];
  const where = inventory.cluster.endpoint;
  const first = firstMaster(inventory);
  const target = `port ${APISERVER_PORT} of all ready masters, as plain TCP (now ${first.address}, later all masters)`;
  const faults = found.answers.flatMap(({ from, port, readyz }): Problem[] => {
    if (port !== "open") {
      const what = `${where} ${port === "silent" ? "does not answer" : "refuses connections"}`;
      return [
        blocker(
          from,
          what,
          `configure the load balancer to listen there and forward to ${target}; allow ${from} to reach it`,
        ),
      ];
    }
    if (readyz === 200) return [];
    const what = `https://${where}/readyz returns ${readyz === 0 ? "no response" : String(readyz)}`;
    return [blocker(from, what, `configure the load balancer to forward ${where} to ${target}`)];
  });
  if (faults.length > 0 || found.isOurs) return faults;
  return [
    blocker(
      first.name,
      `${where} presents a certificate that is not signed by this cluster's CA`,
      `configure the load balancer to pass TLS through unchanged, and to forward to ${target}`,
    ),
  ];
}

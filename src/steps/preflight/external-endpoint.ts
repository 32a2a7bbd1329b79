import type { Inventory } from "../../inventory/schema.js";
import { endpoint, firstMaster } from "../../inventory/targets.js";
import { isSignedByClusterCa } from "../../machine/certificates.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { httpStatus, probePort, type PortAnswer } from "../../machine/network.js";
import { APISERVER_PORT } from "../../ports.js";
import type { Problem } from "../step.js";
import { blocker } from "./machines.js";

/** What answers at the endpoint of a load balancer that is somebody else's. */
export interface ExternalEndpoint {
  /** How it answers each host. */
  readonly answers: readonly { readonly from: string; readonly port: PortAnswer; readonly readyz: number }[];
  /** Whether it shows the first master a certificate that the cluster's CA has signed. */
  readonly isOurs: boolean;
}

/**
 * Asks the endpoint of an external load balancer from every host but those that lack tools; `undefined` where the load
 * balancers are ours. The endpoint's name is not looked for in the certificate, which may not have it yet.
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

/** Why an external load balancer does not do yet. Nothing of it is set up here, so it must lead to the cluster already. */
export function externalEndpointProblems(
  found: ExternalEndpoint | undefined,
  inventory: Inventory,
): Problem[] {
  if (found === undefined) return [];
  const where = inventory.cluster.endpoint;
  const first = firstMaster(inventory);
  const target = `port ${APISERVER_PORT} of the masters that are ready, as plain TCP (${first.address} now, all of them later)`;
  const faults = found.answers.flatMap(({ from, port, readyz }): Problem[] => {
    if (port !== "open") {
      const what = `${where} ${port === "silent" ? "does not answer" : "refuses connections"}`;
      return [
        blocker(
          from,
          what,
          `have the load balancer listen there and lead to ${target}; let ${from} reach it`,
        ),
      ];
    }
    if (readyz === 200) return [];
    const what = `https://${where}/readyz answers ${readyz === 0 ? "nothing" : String(readyz)}`;
    return [blocker(from, what, `have the load balancer lead ${where} to ${target}`)];
  });
  if (faults.length > 0 || found.isOurs) return faults;
  return [
    blocker(
      first.name,
      `${where} shows a certificate that is not of this cluster's CA`,
      `have the load balancer pass TLS on as it is, and lead to ${target}`,
    ),
  ];
}

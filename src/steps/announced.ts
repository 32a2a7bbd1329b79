import { flag } from "../config-files/static-pod.js";
import { readFile } from "../machine/files.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import { MANIFESTS } from "../machine/static-pods.js";

/** The apiserver's flag for the address that the Service `kubernetes` leads to. */
export const ADVERTISE_ADDRESS = "advertise-address";

/** What each master's apiserver announces, by its manifest; `undefined` where it has none. */
export function announced(
  fleet: ReadOnlyFleet,
): Promise<readonly { name: string; address: string; advertised: string | undefined }[]> {
  const hosts = fleet.hosts("controlPlane").map(async (host) => {
    const manifest = await host.ask(readFile(`${MANIFESTS}/kube-apiserver.yaml`));
    return {
      name: host.name,
      address: host.address,
      advertised: manifest && flag(manifest.content, ADVERTISE_ADDRESS),
    };
  });
  return Promise.all(hosts);
}

import { flag } from "../config-files/static-pod.js";
import { readFile } from "../machine/files.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import { MANIFESTS } from "../machine/static-pods.js";

/** The apiserver's flag for the address that the `kubernetes` Service routes to. */
export const ADVERTISE_ADDRESS = "advertise-address";

/** The address that each master's apiserver advertises, from its manifest; `undefined` without a manifest or flag. */
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

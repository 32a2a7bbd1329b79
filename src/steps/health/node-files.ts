import type { ReadOnlyFleet } from "../../machine/fleet.js";
import type { ReadOnlyHost } from "../../machine/host.js";
import { certificateFaults } from "../../machine/issued-certificates.js";
import { bootFaults } from "../../machine/node-boot.js";
import { check, type Check } from "../step.js";

/** Checks what components read only when they start: a node would not come back after a reboot. */
export async function nodeFileChecks(
  fleet: ReadOnlyFleet,
  masters: readonly ReadOnlyHost[],
): Promise<Check[]> {
  const certificates = masters.map(async (host) =>
    faultless(host, "certificates that kubeadm issued", "valid", await host.ask(certificateFaults)),
  );
  const nodes = [...masters, ...fleet.hosts("workers")].map(async (host) =>
    faultless(host, "its kubelet after a reboot", "starts", await host.ask(bootFaults)),
  );
  return Promise.all([...certificates, ...nodes]);
}

function faultless({ name }: ReadOnlyHost, what: string, expected: string, faults: readonly string[]): Check {
  return check(name, what, expected, faults.join(", ") || expected);
}

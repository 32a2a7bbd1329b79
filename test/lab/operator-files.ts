import { stringify } from "yaml";
import * as z from "zod";
import { inventorySchema } from "../../src/inventory/schema.js";
import { LabError } from "./errors.js";
import type { OperatorFiles } from "./operator-paths.js";
import { addressesOf, type Scenario } from "./scenario.js";

/** The text of a known_hosts file: each host's public keys under its name and its address. */
export function knownHostsText(
  scenario: Scenario,
  publicKeys: ReadonlyMap<string, readonly string[]>,
): string {
  const lines = Object.entries(scenario.hosts).flatMap(([name, host]) =>
    (publicKeys.get(name) ?? []).map(
      (key) => `${[name, ...addressesOf(host)].join(",")} ${key.split(" ").slice(0, 2).join(" ")}`,
    ),
  );
  return `${lines.join("\n")}\n`;
}

/** The scenario's inventory as text, with addresses and the lab's login filled in, and checked as k8s-ha checks it. */
export function inventoryText(
  scenario: Scenario,
  files: OperatorFiles,
  ignorePreflightErrors: readonly string[] = [],
): string {
  const expand = (entry: string | object) => {
    if (typeof entry !== "string" && "master" in entry) return entry;
    const given = typeof entry === "string" ? { name: entry } : (entry as { name: string });
    return { ...given, address: scenario.hosts[given.name]?.address };
  };
  const { inventory } = scenario;
  const { cluster, ...rest } = inventory;
  const filled = {
    cluster,
    ...rest,
    ...(ignorePreflightErrors.length > 0 && { kubeadm: { ignorePreflightErrors } }),
    ssh: { identityFiles: [files.key], knownHostsFiles: [files.knownHosts], ...inventory.ssh },
    controlPlane: inventory.controlPlane.map(expand),
    loadBalancers: inventory.loadBalancers.map(expand),
    workers: inventory.workers.map(expand),
  };
  const checked = inventorySchema.safeParse(filled);
  if (!checked.success) {
    throw new LabError(`The scenario's inventory would not do:\n${z.prettifyError(checked.error)}`);
  }
  return stringify(filled);
}

import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments, stringify } from "yaml";
import { givenMachines, parseVip, type Choices } from "../../src/init/choices.js";
import type { Found, FoundNode } from "../../src/init/found.js";
import { inventoryText } from "../../src/init/inventory-text.js";
import { propose } from "../../src/init/propose.js";
import { splitHostPort } from "../../src/address.js";
import { parseInventory } from "../../src/inventory/load.js";
import type { Inventory } from "../../src/inventory/schema.js";
import { inventoryText as ownInventory } from "../lab/operator-files.js";
import { loadScenario, type Scenario } from "../lab/scenario.js";
import { found as example } from "./example.js";
import { optionsFor, WISHES } from "./machine-options.js";

const FILES = {
  key: "/run/id_lab",
  knownHosts: "/run/known_hosts",
  sudoPassword: "/run/sudo-password",
  inventory: "/run/inventory.yaml",
};

const names = readdirSync(new URL("../lab/scenarios", import.meta.url)).map((file) =>
  file.replace(".yaml", ""),
);

/** What the first master of a scenario shows. */
function foundIn({ hosts, cluster, inventory }: Scenario, own: Inventory): Found {
  const documents = parseAllDocuments(cluster?.init.config ?? "").map(
    (one) => one.toJS() as Record<string, unknown>,
  );
  const config = documents.find(({ kind }) => kind === "ClusterConfiguration") as {
    etcd?: { external?: { endpoints: string[] } };
  };
  const { controlPlaneEndpoint } = (cluster?.configuration ?? {}) as { controlPlaneEndpoint?: string };
  const node = (name: string, isMaster: boolean): FoundNode => {
    const { address = "", second } = hosts[name] ?? {};
    return { name, address, isMaster, ...(second !== undefined && { secondAddress: second }) };
  };
  const { host, port = 0 } = splitHostPort(controlPlaneEndpoint ?? "");
  const first = node(String(cluster?.init.host), true);
  expect(inventory.controlPlane[0]).toBe(first.name);
  const external = config.etcd?.external;
  return {
    ...example,
    nodes: [first, ...(cluster?.join ?? []).map((name) => node(name, false))],
    ...(controlPlaneEndpoint !== undefined && {
      endpoint: { host, port, addresses: [first.address], isInHostsFile: own.cluster.hostsEntry },
    }),
    etcd: external === undefined ? "stacked" : "external",
    etcdServers: external?.endpoints ?? [],
  };
}

async function writtenFor(found: Found, own: Inventory): Promise<Inventory> {
  const { join, lb, vip } = optionsFor(own, found.nodes);
  const lookups = {
    where: "",
    addressOf: () => Promise.resolve(undefined),
    namesOf: () => Promise.resolve([]),
  };
  const choices: Choices = {
    join: await givenMachines(join, { lookups, stem: "master-", first: 2 }),
    ...(lb !== undefined && {
      loadBalancers:
        lb[0] === "external" ? "external" : await givenMachines(lb, { lookups, stem: "lb-", first: 1 }),
    }),
    vip: parseVip(vip),
    ssh: { user: "admin", identityFiles: [FILES.key], knownHostsFiles: [FILES.knownHosts] },
  };
  const text = inventoryText(propose(found, choices, { isProposal: false }));
  return parseInventory(text, FILES.inventory).inventory;
}

/** Removes values by their paths. */
function without(inventory: Inventory, paths: readonly string[]): unknown {
  const copy = parse(stringify(inventory)) as Record<string, unknown>;
  for (const path of paths) {
    const keys = path.split(".");
    const parent = keys.slice(0, -1).reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], copy);
    Reflect.deleteProperty(parent as object, keys.at(-1) ?? "");
  }
  return copy;
}

describe("the inventory that init writes for the machines of a scenario", () => {
  // A plan depends on nothing else: the same inventory, the same plan.
  it.each(names)("%s is its own one, but for what an operator wishes", async (name) => {
    const { scenario } = loadScenario(name);
    const own = parseInventory(ownInventory(scenario, FILES), FILES.inventory).inventory;
    const written = await writtenFor(foundIn(scenario, own), own);
    const wishes = WISHES[name] ?? [];
    expect(without(written, wishes)).toEqual(without(own, wishes));
    if (wishes.length > 0) expect(written).not.toEqual(own);
  });
});

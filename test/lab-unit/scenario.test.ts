import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { inventorySchema } from "../../src/inventory/schema.js";
import { inventoryText, knownHostsText } from "../lab/operator-files.js";
import { operatorFiles } from "../lab/operator-paths.js";
import { loadScenario, parseScenario } from "../lab/scenario.js";

const minimal = {
  description: "two hosts",
  operator: { address: "10.88.0.1", prefixLength: 24 },
  hosts: { master1: { address: "10.88.0.11", kubernetes: true }, lb1: { address: "10.88.0.31" } },
  inventory: {
    cluster: { endpoint: "10.88.0.100:6443" },
    controlPlane: ["master1"],
    loadBalancers: [{ name: "lb1", priority: 200 }],
  },
};
const changed = (change: Record<string, unknown>) => () =>
  parseScenario(stringify({ ...minimal, ...change }), "it");

describe("scenarios", () => {
  const names = readdirSync(join(import.meta.dirname, "../lab/scenarios")).map((file) =>
    basename(file, ".yaml"),
  );

  it.each(names)("%s is well-formed, and its inventory is one that k8s-ha accepts", (name) => {
    const { scenario } = loadScenario(name);
    const inventory = inventorySchema.parse(parse(inventoryText(scenario, operatorFiles("/run/of/lab"))));
    expect(inventory.ssh.identityFiles).toEqual(["/run/of/lab/id_lab"]);
    expect(inventory.ssh.knownHostsFiles).toEqual(["/run/of/lab/known_hosts"]);
  });

  it("fills in defaults", () => {
    expect(changed({})().hosts["lb1"]).toEqual({
      address: "10.88.0.31",
      kubernetes: false,
      boot: true,
      packages: [],
      enabled: [],
      commands: [],
    });
  });

  it("inherits from another scenario what it does not set itself", () => {
    const { hosts, cluster, inventory } = changed({ extends: "default", inventory: { workers: [] } })();
    expect(cluster?.join).toEqual(["worker1"]);
    expect(hosts).toMatchObject({ lb1: { packages: [] }, lb2: { packages: ["firewalld"] } });
    expect(inventory).toMatchObject({ loadBalancers: ["lb1", "lb2"], workers: [] });
  });

  it("adds its objects to those of the scenario that it extends, and its own cluster keys", () => {
    const own = { configuration: { clusterName: "it" }, manifests: "kind: ConfigMap\n" };
    const { cluster } = changed({ extends: "default", inventory: {}, cluster: own })();
    expect(cluster).toMatchObject({ init: { host: "master1" }, configuration: { clusterName: "it" } });
    expect(cluster?.manifests).toMatch(/kind: Secret[^]*\n---\nkind: ConfigMap\n$/);
  });

  it("rejects an unknown key, an unknown host and a duplicate address, with the position", () => {
    expect(changed({ hots: {} })).toThrow(/hots/);
    expect(changed({ cluster: { init: { host: "master9", config: "x" } } })).toThrow(
      /master9 is none of the hosts/,
    );
    expect(changed({ routes: { "10.99.0.0/24": "lb9" } })).toThrow(/lb9 is none of the hosts/);
    expect(changed({ operator: { address: "10.88.0.31", prefixLength: 24 } })).toThrow(/same address/);
  });

  it("lists the available scenarios if another one is requested", () => {
    expect(() => loadScenario("nonsense")).toThrow(/no scenario nonsense.*default/);
  });
});

describe("inventoryText", () => {
  it("inserts addresses, keeps a host's own settings, and lets the scenario choose the login", () => {
    const text = inventoryText(
      changed({ inventory: { ...minimal.inventory, ssh: { user: "ops", identityFiles: ["/other"] } } })(),
      operatorFiles("/run/of/lab"),
    );
    expect(parse(text)).toMatchObject({
      controlPlane: [{ name: "master1", address: "10.88.0.11" }],
      loadBalancers: [{ name: "lb1", address: "10.88.0.31", priority: 200 }],
      ssh: { user: "ops", identityFiles: ["/other"], knownHostsFiles: ["/run/of/lab/known_hosts"] },
    });
  });

  it("rejects an inventory that k8s-ha would reject", () => {
    const endpoint = { ...minimal.inventory, cluster: { endpoint: "10.88.0.31:6443" } };
    expect(() => inventoryText(changed({ inventory: endpoint })(), operatorFiles("/run"))).toThrow(/VIP/);
  });
});

describe("knownHostsText", () => {
  it("lists a host by its name and its address, without the keys' comments", () => {
    const keys = new Map([["lb1", ["ssh-ed25519 AAAA lb1", "ecdsa-sha2-nistp256 BBBB lb1"]]]);
    expect(knownHostsText(changed({})(), keys)).toBe(
      "lb1,10.88.0.31 ssh-ed25519 AAAA\nlb1,10.88.0.31 ecdsa-sha2-nistp256 BBBB\n",
    );
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseInventory } from "../../src/inventory/load.js";
import { firstMaster, members, sshSettings, vrrpPenalty, vrrpPriority } from "../../src/inventory/targets.js";
import { minimal } from "./minimal.js";

describe("targets", () => {
  const { inventory } = parseInventory(
    `${minimal}    priority: 200
  - { name: lb-2, address: 192.168.1.22, ssh: { address: lb2.example, port: 2222, user: ops, identityFiles: [/k2] } }
workers: [{ name: w1, address: 192.168.1.31 }]
ssh: { user: admin, identityFiles: [/k1], connectTimeout: 3s }
`,
    "/i.yaml",
  );

  it("use the common settings", () => {
    expect(sshSettings(inventory, firstMaster(inventory))).toEqual({
      name: "master-1",
      address: "192.168.1.11",
      user: "admin",
      identityFiles: ["/k1"],
      connectTimeoutMs: 3000,
    });
  });

  it("prefer the host's own settings", () => {
    const [, second] = inventory.loadBalancers;
    expect(second && sshSettings(inventory, second)).toMatchObject({
      name: "lb-2",
      address: "lb2.example",
      port: 2222,
      user: "ops",
      identityFiles: ["/k2"],
    });
  });

  it("leave unset values to the transport", () => {
    const plain = parseInventory(minimal, "/i.yaml").inventory;
    expect(sshSettings(plain, firstMaster(plain))).toEqual({
      name: "master-1",
      address: "192.168.1.11",
      connectTimeoutMs: 10_000,
    });
  });

  it("list every host with its groups", () => {
    expect(members(inventory).map(({ name, groups }) => `${groups.join("+")} ${name}`)).toEqual([
      "controlPlane master-1",
      "loadBalancers lb-1",
      "loadBalancers lb-2",
      "workers w1",
    ]);
  });

  it("list a master that is also a load balancer once, with the settings of both", () => {
    const text = minimal.replace(
      / {2}- name: lb-1[^]*/,
      "  - { master: master-1, priority: 7 }\nssh: { user: ops }\n",
    );
    const { inventory: both } = parseInventory(
      text.replace(":6443", ":8443").replace("1.11\n", "1.11\n    ssh: { port: 2222 }\n"),
      "/i.yaml",
    );
    expect(members(both).map(({ name, groups }) => `${groups.join("+")} ${name}`)).toEqual([
      "controlPlane+loadBalancers master-1",
    ]);
    const [balancer] = both.loadBalancers;
    expect(balancer).toEqual({ name: "master-1", address: "192.168.1.11", ssh: { port: 2222 }, priority: 7 });
  });

  it("give each load balancer a lower priority than the one before", () => {
    expect(inventory.loadBalancers.map((host) => vrrpPriority(inventory, host))).toEqual([200, 140]);
  });

  it("put a load balancer whose check fails below all others, for any priorities", () => {
    const priority = fc.integer({ min: 2, max: 254 });
    fc.assert(
      fc.property(fc.array(priority, { minLength: 2, maxLength: 14 }), (all) => {
        const hosts = all.map(
          (own, i) => `  - { name: b${i}, address: 10.0.0.${i + 1}, priority: ${own} }\n`,
        );
        const text = minimal.replace(/loadBalancers:[^]*/, `loadBalancers:\n${hosts.join("")}`);
        const penalty = vrrpPenalty(parseInventory(text, "/i.yaml").inventory);
        // keepalived holds a lowered priority at 1.
        expect(Math.max(1, Math.max(...all) - penalty)).toBeLessThan(Math.min(...all));
      }),
    );
  });
});

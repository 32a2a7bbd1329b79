import { describe, expect, it } from "vitest";
import { virtualRouterId } from "../../../../src/steps/preflight/checks/virtual-router-id.js";
import type { VrrpRouter } from "../../../../src/machine/vrrp.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { labInventory, type Overrides } from "../../inventory.js";
import { on } from "../../recorded.js";
import { looking, without } from "../looking.js";

const { problemsOf } = on("1.20.2");
const withRouters = (routers: VrrpRouter[] | undefined, ownAddresses?: string[]) =>
  problemsOf(virtualRouterId, "fresh", (facts) =>
    Object.assign(facts, { routers, ...(ownAddresses && { ownAddresses }) }),
  );

describe("check virtual-router-id", () => {
  it("warns if no host could listen for VRRP", () => {
    expect(withRouters(undefined)).toEqual([
      {
        severity: "warning",
        what: "no host could listen for VRRP, so it is unknown whether the virtual router ID 51 is free",
        fix: "install socat on the first master to enable this check",
      },
    ]);
  });

  it("reports a router id that is in use", () => {
    const routers = [
      { source: "10.88.0.201", id: 50 },
      { source: "10.88.0.202", id: 51 },
    ];
    expect(withRouters(routers)).toEqual([
      {
        severity: "blocker",
        what: "10.88.0.202 already uses the virtual router ID 51 on this network",
        fix: "set loadBalancer.virtualRouterId to an unused number",
      },
    ]);
  });

  it.each<[string, VrrpRouter, string[]?]>([
    ["another router's id", { source: "10.88.0.201", id: 52 }],
    [
      "a load balancer's own advertisement from a link-local address",
      { source: "fe80::31", id: 51 },
      ["fd00:88::31", "fe80::31"],
    ],
    ["a load balancer's own advertisement", { source: "10.88.0.31", id: 51 }],
  ])("accepts %s", (_, router, own) => {
    expect(withRouters([router], own)).toEqual([]);
  });
});

/** One VRRP advertisement of id 51, as socat prints it. */
const HEARD = `printf '%s\\n' '2026/11/30 00:00:00 socat[1] N receiving from AF=2 10.88.0.202:112' \\
  '> 2026/11/30 00:00:00.000000  length=20 from=0 to=19' ' 21 33 96 01'`;

/** The probe's result on these machines, and the number of hosts that listened. */
async function probed(
  overrides: Overrides = {},
  prepare: (machines: { first: Sandbox; lb1: Sandbox; lb2: Sandbox }) => void = () => undefined,
) {
  using first = new Sandbox();
  using lb1 = new Sandbox();
  using lb2 = new Sandbox();
  const all = [first, lb1, lb2];
  first.answer("kubelet", "");
  for (const sandbox of all) {
    sandbox.answer("socat", HEARD);
    sandbox.answer("timeout", 'shift; exec "$@"');
    sandbox.runsUnits();
    sandbox.answer("ip", "true");
  }
  lb2.answer("ip", "echo '2: eth0    inet 10.88.0.32/24 scope global eth0'");
  prepare({ first, lb1, lb2 });
  const facts = await virtualRouterId.probe(looking(first, { lb1, lb2 }, labInventory(overrides)));
  return { ...facts, listeners: all.map((sandbox) => sandbox.calls("socat").length) };
}

describe("the probe of check virtual-router-id", () => {
  it("listens on the load balancers and the first master", async () => {
    expect(await probed()).toEqual({
      routers: [1, 2, 3].map(() => ({ source: "10.88.0.202", id: 51 })),
      ownAddresses: ["10.88.0.32"],
      listeners: [1, 1, 1],
    });
  });

  it("does not listen on a host with a firewall, which receives nothing", async () => {
    const closes = "printf '%s\\n' '*filter' ':INPUT DROP [0:0]' ':FORWARD ACCEPT [0:0]' COMMIT";
    const { listeners } = await probed({}, ({ lb1 }) => {
      lb1.answer("iptables-save", closes);
    });
    expect(listeners).toEqual([1, 0, 1]);
  });

  it.each<[string, Overrides]>([
    ["with an external load balancer", { loadBalancer: "external", loadBalancers: [] }],
    ["with unicast, which cannot conflict", { loadBalancer: { vrrp: "unicast" } }],
  ])("does not listen %s", async (_, overrides) => {
    expect(await probed(overrides)).toMatchObject({ routers: [], listeners: [0, 0, 0] });
  });

  it("does not listen if a load balancer holds the VIP", async () => {
    const { routers, listeners } = await probed({}, ({ lb2 }) => {
      lb2.answer("ip", "echo '2: eth0    inet 10.88.0.100/24 scope global eth0'");
    });
    expect({ routers, listeners }).toEqual({ routers: [], listeners: [0, 0, 0] });
  });

  it("has no result without socat", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("kubelet", "");
    const { routers } = await virtualRouterId.probe(looking(without("socat", sandbox)));
    expect(routers).toBeUndefined();
  });
});

import { describe, expect, it } from "vitest";
import { firewall } from "../../../src/steps/load-balancer/firewall.js";
import type { Editable } from "../recorded.js";
import { NOTHING, planOf } from "../recorded.js";

const ANY_VRRP = 'rule protocol value="vrrp" accept';
const VRRP = 'rule family="ipv4" destination address="224.0.0.18" protocol value="vrrp" accept';
const from = (peer: string) => `rule family="ipv4" source address="${peer}" protocol value="vrrp" accept`;
type Facts = Editable<Awaited<ReturnType<typeof firewall.probe>>>;

/** firewalld runs on both load balancers and lets this in. */
const letsIn =
  (ports: string[], richRules: string[]) =>
  ({ hosts }: Facts): void => {
    for (const host of hosts) host.state = { zone: "public", ports: [...ports], richRules: [...richRules] };
  };
const open = (host: string, ports: string[], richRules: string[] = []) => ({
  kind: "firewall",
  host,
  zone: "public",
  ports,
  richRules,
});

describe("firewall", () => {
  it("has nothing to do where no firewalld runs", () => {
    const plan = planOf(firewall, "fresh", ({ hosts }) => {
      for (const host of hosts) host.state = undefined;
    });
    expect(plan).toEqual(NOTHING);
  });

  it("has nothing to do after a migration", () => {
    expect(planOf(firewall, "migrated")).toEqual(NOTHING);
  });

  it("opens the endpoint, the statistics page and VRRP", () => {
    expect(planOf(firewall, "fresh")).toEqual({
      changes: [open("lb1", ["6443/tcp", "8404/tcp"], [VRRP]), open("lb2", ["6443/tcp", "8404/tcp"], [VRRP])],
      problems: [],
    });
  });

  it("leaves an open firewall alone", () => {
    expect(planOf(firewall, "migrated", letsIn(["6443/tcp", "8404/tcp", "80/tcp"], [VRRP]))).toEqual(NOTHING);
  });

  it("is content with a rule that lets VRRP in whoever sends it", () => {
    expect(planOf(firewall, "migrated", letsIn(["6443/tcp", "8404/tcp"], [ANY_VRRP]))).toEqual(NOTHING);
  });

  it("lets unicast VRRP in from the peers alone, and is content with that", () => {
    const unicast = { loadBalancer: { vrrp: "unicast" } };
    const { changes } = planOf(firewall, "fresh", letsIn(["6443/tcp", "8404/tcp"], [VRRP]), unicast);
    expect(changes).toEqual([open("lb1", [], [from("10.88.0.32")]), open("lb2", [], [from("10.88.0.31")])]);
    const again = planOf(
      firewall,
      "migrated",
      ({ hosts }) => {
        for (const [i, host] of hosts.entries()) {
          const peer = i === 0 ? "10.88.0.32" : "10.88.0.31";
          host.state = { zone: "public", ports: ["6443/tcp", "8404/tcp"], richRules: [from(peer)] };
        }
      },
      unicast,
    );
    expect(again).toEqual(NOTHING);
  });

  it("opens what one host lacks", () => {
    const { changes } = planOf(firewall, "migrated", (facts) => {
      letsIn(["6443/tcp", "8404/tcp"], [VRRP])(facts);
      const [, lb2] = facts.hosts;
      if (lb2) lb2.state = { zone: "public", ports: ["6443/tcp", "8404/tcp"], richRules: [] };
    });
    expect(changes).toEqual([open("lb2", [], [VRRP])]);
  });

  it.each<[string, object, string[]]>([
    ["stats: false", { loadBalancer: { stats: false } }, ["6443/tcp"]],
    [
      "a monitor on a port of its own",
      { loadBalancer: { monitor: { port: 8405 } } },
      ["6443/tcp", "8404/tcp", "8405/tcp"],
    ],
    ["a monitor beside the statistics", { loadBalancer: { monitor: {} } }, ["6443/tcp", "8404/tcp"]],
    [
      "another endpoint port, and the apiservers' own since they announce the VIP",
      { cluster: { endpoint: "10.88.0.100:16443" } },
      ["16443/tcp", "6443/tcp", "8404/tcp"],
    ],
    [
      "another endpoint port alone, with advertise: node",
      { cluster: { endpoint: "10.88.0.100:16443", advertise: "node" } },
      ["16443/tcp", "8404/tcp"],
    ],
  ])("%s", (_, overrides, ports) => {
    const { changes } = planOf(firewall, "fresh", letsIn([], [VRRP]), overrides as Record<string, object>);
    expect(changes).toEqual([open("lb1", ports), open("lb2", ports)]);
  });
});

import { describe, expect, it } from "vitest";
import { firewall } from "../../../src/steps/load-balancer/firewall.js";
import { six } from "../inventory.js";
import type { Editable } from "../recorded.js";
import { named, NOTHING, planOf } from "../recorded.js";

const ANY_VRRP = 'rule protocol value="vrrp" accept';
const VRRP = 'rule family="ipv4" destination address="224.0.0.18" protocol value="vrrp" accept';
const from = (peer: string) => `rule family="ipv4" source address="${peer}" protocol value="vrrp" accept`;
type Facts = Editable<Awaited<ReturnType<typeof firewall.probe>>>;

/** firewalld runs on both load balancers and allows this. */
const letsIn =
  (ports: string[], richRules: string[]) =>
  ({ hosts }: Facts): void => {
    for (const host of hosts)
      host.firewalld = { zone: "public", ports: [...ports], richRules: [...richRules] };
  };
const open = (host: string, ports: string[], richRules: string[] = []) => ({
  kind: "firewall",
  host,
  zone: "public",
  ports,
  richRules,
});

/** No firewalld, and on lb2 the state that the edit sets. */
const onLb2 =
  (edit: Partial<Facts["hosts"][number]>) =>
  ({ hosts }: Facts): void => {
    for (const host of hosts) host.firewalld = undefined;
    Object.assign(named(hosts, "lb2"), edit);
  };

describe("firewall", () => {
  it("plans nothing if no firewalld runs", () => {
    const plan = planOf(firewall, "fresh", ({ hosts }) => {
      for (const host of hosts) host.firewalld = undefined;
    });
    expect(plan).toEqual(NOTHING);
  });

  it("plans nothing after a migration", () => {
    expect(planOf(firewall, "endpoint")).toEqual(NOTHING);
  });

  it("opens the endpoint, the statistics page and VRRP", () => {
    expect(planOf(firewall, "fresh")).toEqual({
      changes: [open("lb1", ["6443/tcp", "8404/tcp"], [VRRP]), open("lb2", ["6443/tcp", "8404/tcp"], [VRRP])],
      problems: [],
    });
  });

  it("changes nothing in an open firewall", () => {
    expect(planOf(firewall, "endpoint", letsIn(["6443/tcp", "8404/tcp", "80/tcp"], [VRRP]))).toEqual(NOTHING);
  });

  it("accepts a rule that allows VRRP from any source", () => {
    expect(planOf(firewall, "endpoint", letsIn(["6443/tcp", "8404/tcp"], [ANY_VRRP]))).toEqual(NOTHING);
  });

  it("allows unicast VRRP only from the peers, and accepts such rules", () => {
    const unicast = { loadBalancer: { vrrp: "unicast" } };
    const { changes } = planOf(firewall, "fresh", letsIn(["6443/tcp", "8404/tcp"], [VRRP]), unicast);
    expect(changes).toEqual([open("lb1", [], [from("10.88.0.32")]), open("lb2", [], [from("10.88.0.31")])]);
    const again = planOf(
      firewall,
      "endpoint",
      ({ hosts }) => {
        for (const [i, host] of hosts.entries()) {
          const peer = i === 0 ? "10.88.0.32" : "10.88.0.31";
          host.firewalld = { zone: "public", ports: ["6443/tcp", "8404/tcp"], richRules: [from(peer)] };
        }
      },
      unicast,
    );
    expect(again).toEqual(NOTHING);
  });

  it("opens only what a host lacks", () => {
    const { changes } = planOf(firewall, "endpoint", (facts) => {
      letsIn(["6443/tcp", "8404/tcp"], [VRRP])(facts);
      const [, lb2] = facts.hosts;
      if (lb2) lb2.firewalld = { zone: "public", ports: ["6443/tcp", "8404/tcp"], richRules: [] };
    });
    expect(changes).toEqual([open("lb2", [], [VRRP])]);
  });

  it.each<[string, object, string[]]>([
    ["stats: false", { loadBalancer: { stats: false } }, ["6443/tcp"]],
    [
      "a monitor on a separate port",
      { loadBalancer: { monitor: { port: 8405 } } },
      ["6443/tcp", "8404/tcp", "8405/tcp"],
    ],
    ["a monitor and the statistics page", { loadBalancer: { monitor: {} } }, ["6443/tcp", "8404/tcp"]],
    [
      "another endpoint port, and the apiservers' own because they advertise the VIP",
      { cluster: { endpoint: "10.88.0.100:16443" } },
      ["16443/tcp", "6443/tcp", "8404/tcp"],
    ],
    [
      "only another endpoint port, with advertise: node",
      { cluster: { endpoint: "10.88.0.100:16443", advertise: "node" } },
      ["16443/tcp", "8404/tcp"],
    ],
  ])("%s", (_, overrides, ports) => {
    const { changes } = planOf(firewall, "fresh", letsIn([], [VRRP]), overrides as Record<string, object>);
    expect(changes).toEqual([open("lb1", ports), open("lb2", ports)]);
  });
});

describe("firewall, with ufw", () => {
  const open = { live: true, ports: ["22/tcp", "6443/tcp", "8404/tcp"], vrrp: true };
  const disable = { loadBalancer: { ufw: "disable" } };

  it("opens what ufw blocks", () => {
    const plan = planOf(firewall, "fresh", onLb2({ ufw: { live: true, ports: ["22/tcp"], vrrp: false } }));
    expect(plan).toEqual({
      changes: [{ kind: "ufw", host: "lb2", ports: ["6443/tcp", "8404/tcp"], vrrp: true }],
      problems: [],
    });
  });

  it("opens only VRRP if nothing else is missing", () => {
    const { changes } = planOf(firewall, "fresh", onLb2({ ufw: { ...open, vrrp: false } }));
    expect(changes).toEqual([{ kind: "ufw", host: "lb2", ports: [], vrrp: true }]);
  });

  it("opens the files of the VIP's family", () => {
    const edit = ({ hosts }: Facts): void => {
      for (const host of hosts) {
        host.firewalld = undefined;
        host.ufw = { ...open, vrrp: false, live: host.name === "lb1" };
      }
    };
    const { changes, problems } = planOf(firewall, "fresh", edit, six);
    expect(changes).toEqual([{ kind: "ufw", host: "lb1", ports: [], vrrp: true, family: "ipv6" }]);
    expect(problems.map(({ fix }) => fix)).toEqual([expect.stringContaining("IPV6=yes")]);
  });

  it("changes nothing if ufw is open or disabled", () => {
    expect(planOf(firewall, "endpoint", onLb2({ ufw: open }))).toEqual(NOTHING);
    expect(planOf(firewall, "endpoint", onLb2({}), disable)).toEqual(NOTHING);
  });

  it("disables it if requested, regardless of what it allows", () => {
    const off = { changes: [{ kind: "ufw-off", host: "lb2" }], problems: [] };
    expect(planOf(firewall, "fresh", onLb2({ ufw: open }), disable)).toEqual(off);
    expect(planOf(firewall, "fresh", onLb2({ ufw: { ...open, live: false } }), disable)).toEqual(off);
  });

  it("is a blocker with one that takes effect at the next boot", () => {
    const { changes, problems } = planOf(
      firewall,
      "fresh",
      onLb2({ ufw: { live: false, ports: [], vrrp: false } }),
    );
    expect(changes).toEqual([]);
    expect(problems).toEqual([
      {
        severity: "blocker",
        host: "lb2",
        what: "ufw is enabled, but its rules take effect only at the next boot",
        fix: "on lb2: ufw reload; or ufw disable",
      },
    ]);
  });

  it("opens it as well as firewalld: a packet has to pass both", () => {
    const { changes } = planOf(firewall, "fresh", ({ hosts }) => {
      named(hosts, "lb1").ufw = { ...open, ports: [] };
    });
    expect(changes.map(({ kind, host }) => [kind, host])).toEqual([
      ["firewall", "lb1"],
      ["ufw", "lb1"],
      ["firewall", "lb2"],
    ]);
  });
});

describe("firewall, with rules not managed by k8s-ha", () => {
  const chain = (tool: "iptables" | "nft", name: string, accepts: string[]) =>
    onLb2({ foreign: [{ tool, chain: name, accepts }] });
  const nft = (...accepts: string[]) => chain("nft", "inet filter input", accepts);

  it("is a blocker, and shows the rules to add", () => {
    expect(planOf(firewall, "fresh", nft("tcp dport 22 accept"))).toEqual({
      changes: [],
      problems: [
        {
          severity: "blocker",
          host: "lb2",
          what: "the nftables chain inet filter input is not managed by k8s-ha and blocks 6443/tcp, 8404/tcp, VRRP",
          fix: `add these rules on lb2, and to the configuration that restores its rules at boot:
      nft insert rule inet filter input tcp dport '{ 6443, 8404 }' accept
      nft insert rule inet filter input ip protocol 112 accept`,
        },
      ],
    });
  });

  it("shows the rules for an IPv6 VIP, which a rule for IPv4 does not allow", () => {
    const ports = "tcp dport { 6443, 8404 } accept";
    const { problems } = planOf(firewall, "fresh", nft(ports, "ip protocol 112 accept"), six);
    expect(problems.map(({ fix }) => fix)).toEqual([
      expect.stringMatching(/nft insert rule inet filter input meta l4proto 112 accept$/),
    ]);
    expect(planOf(firewall, "fresh", nft(ports, "meta l4proto 112 accept"), six)).toEqual(NOTHING);
  });

  it("continues after they were added", () => {
    expect(
      planOf(firewall, "fresh", nft("ip protocol 112 accept", "tcp dport { 6443, 8404 } accept")),
    ).toEqual(NOTHING);
    const added = ["-p vrrp -j ACCEPT", "-p tcp -m multiport --dports 6443,8404 -j ACCEPT"];
    expect(planOf(firewall, "fresh", chain("iptables", "INPUT", added))).toEqual(NOTHING);
  });

  it("shows the missing rules as iptables commands", () => {
    const [problem] = planOf(
      firewall,
      "fresh",
      chain("iptables", "INPUT", ["-p tcp -m tcp --dport 6443 -j ACCEPT"]),
    ).problems;
    expect(problem).toMatchObject({
      what: "the iptables chain INPUT is not managed by k8s-ha and blocks 8404/tcp, VRRP",
      fix: `add these rules on lb2, and to the configuration that restores its rules at boot:
      iptables -I INPUT -p tcp -m multiport --dports 8404 -j ACCEPT
      iptables -I INPUT -p 112 -j ACCEPT`,
    });
  });
});

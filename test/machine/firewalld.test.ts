import { describe, expect, it } from "vitest";
import { firewalldState, parseListing, parseZone } from "../../src/machine/firewalld.js";
import { Sandbox } from "./sandbox.js";

const VIP = "10.88.0.100";
const VRRP = 'rule protocol value="vrrp" accept';

// As busctl prints the responses of firewalld 1.3; recorded.
const LIVE_PORTS = 'aas 2 2 "6443" "tcp" 2 "8404" "tcp"';
const PERMANENT_PORTS = 'a(ss) 2 "6443" "tcp" "8404" "tcp"';
const RULES = 'as 1 "rule protocol value=\\"vrrp\\" accept"';
const output = (...lines: string[]): string => `${lines.join("\n")}\n`;

describe("parseZone", () => {
  it("reads ports and rich rules, their quotes included", () => {
    expect(parseZone(output("public", LIVE_PORTS, PERMANENT_PORTS, RULES, RULES))).toEqual({
      zone: "public",
      ports: ["6443/tcp", "8404/tcp"],
      richRules: [VRRP],
    });
  });

  it.each([
    ["live ports", "aas 0", PERMANENT_PORTS, RULES, RULES, [], [VRRP]],
    ["permanent ports", LIVE_PORTS, "a(ss) 0", RULES, RULES, [], [VRRP]],
    ["a permanent port", LIVE_PORTS, 'a(ss) 1 "8404" "tcp"', RULES, RULES, ["8404/tcp"], [VRRP]],
    ["the same protocol", LIVE_PORTS, 'a(ss) 1 "6443" "udp"', RULES, RULES, [], [VRRP]],
    ["live rules", LIVE_PORTS, PERMANENT_PORTS, "as 0", RULES, ["6443/tcp", "8404/tcp"], []],
    ["permanent rules", LIVE_PORTS, PERMANENT_PORTS, RULES, "as 0", ["6443/tcp", "8404/tcp"], []],
  ])(
    "counts only what is both live and permanent: without %s",
    (_, live, later, now, then, ports, richRules) => {
      expect(parseZone(output("lan", live, later, now, then))).toEqual({ zone: "lan", ports, richRules });
    },
  );

  it("distinguishes a zone that allows nothing from a firewall that does not run", () => {
    expect(parseZone(output("public", "aas 0", "a(ss) 0", "as 0", "as 0"))).toEqual({
      zone: "public",
      ports: [],
      richRules: [],
    });
    expect(parseZone("")).toBeUndefined();
  });
});

describe("firewalldState", () => {
  /** firewalld runs, eth1 is in the zone lan, and no other interface has a zone. */
  const firewall = (sandbox: Sandbox): void => {
    sandbox.answer(
      "busctl",
      `case "$*" in
*getZoneOfInterface*eth1) echo 's "lan"' ;;
*getZoneOfInterface*) echo 's ""' ;;
*getDefaultZone) echo 's "public"' ;;
*getZoneByName*lan) echo 'o "/org/fedoraproject/FirewallD1/config/zone/5"' ;;
*getZoneByName*public) echo 'o "/org/fedoraproject/FirewallD1/config/zone/7"' ;;
*zone/[57]*config.zone' getPorts') echo '${PERMANENT_PORTS}' ;;
*getPorts' s '*) echo '${LIVE_PORTS}' ;;
*zone/[57]*config.zone' getRichRules') echo 'as 0' ;;
*getRichRules' s '*) echo 'as 0' ;;
*) echo 'Call failed: Unknown method' >&2; exit 1 ;;
esac`,
    );
  };
  const ask = (sandbox: Sandbox, given?: string) => sandbox.host("lb1").ask(firewalldState(VIP, given));
  const open = { ports: ["6443/tcp", "8404/tcp"], richRules: [] };

  it("is that of the interface in the inventory", async () => {
    using sandbox = new Sandbox();
    firewall(sandbox);
    expect(await ask(sandbox, "eth1")).toEqual({ zone: "lan", ...open });
    expect(sandbox.calls("ip")).toEqual([]);
    const asked = sandbox.calls("busctl").map((call) => call.slice(3).join(" "));
    expect(asked.slice(2)).toEqual([
      "/org/fedoraproject/FirewallD1 org.fedoraproject.FirewallD1.zone getPorts s lan",
      "/org/fedoraproject/FirewallD1/config/zone/5 org.fedoraproject.FirewallD1.config.zone getPorts",
      "/org/fedoraproject/FirewallD1 org.fedoraproject.FirewallD1.zone getRichRules s lan",
      "/org/fedoraproject/FirewallD1/config/zone/5 org.fedoraproject.FirewallD1.config.zone getRichRules",
    ]);
  });

  it.each([
    [
      "holds the VIP",
      `case "$*" in *'addr show to'*) echo '3: eth1    inet ${VIP}/32 scope global eth1' ;; esac`,
    ],
    ["routes to it", `case "$*" in *'route get'*) echo '${VIP} dev eth1 src 10.88.0.31 uid 0' ;; esac`],
  ])("is that of the interface that %s", async (_, ip) => {
    using sandbox = new Sandbox();
    firewall(sandbox);
    sandbox.answer("ip", ip);
    expect(await ask(sandbox)).toEqual({ zone: "lan", ...open });
  });

  it("is the default zone if the interface has none", async () => {
    using sandbox = new Sandbox();
    firewall(sandbox);
    expect(await ask(sandbox, "eth0")).toEqual({ zone: "public", ...open });
    expect(await ask(sandbox)).toEqual({ zone: "public", ...open });
  });

  it("is undefined, without further queries, if firewalld does not run", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("systemctl", "exit 3");
    expect(await ask(sandbox)).toBeUndefined();
    expect(sandbox.calls("busctl")).toEqual([]);
  });

  it("does not treat an error of firewalld as an empty zone", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("busctl", "echo 'Call failed: Access denied' >&2; exit 1");
    await expect(ask(sandbox)).rejects.toMatchObject({ host: "lb1" });
  });
});

describe("parseListing", () => {
  // As firewalld 1.3 prints `--list-all`; recorded.
  const listing = (ports: string, rules: string): string =>
    `public\n  target: default\n  services: dhcpv6-client ssh\n  ports: ${ports}\n  source-ports: \n  rich rules: \n${rules}`;

  it("reads ports and rich rules", () => {
    expect(parseListing(listing("6443/tcp 8404/tcp", `\t${VRRP}\n`))).toEqual({
      ports: ["6443/tcp", "8404/tcp"],
      richRules: [VRRP],
    });
  });

  it("distinguishes a zone that allows nothing from no listing", () => {
    expect(parseListing(listing("", ""))).toEqual({ ports: [], richRules: [] });
    expect(parseListing("")).toBeUndefined();
  });
});

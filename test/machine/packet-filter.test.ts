import { describe, expect, it } from "vitest";
import type { Family } from "../../src/address.js";
import {
  closingChains,
  fromIptables,
  fromNft,
  letsPortIn,
  letsVrrpIn,
  type ClosingChain,
} from "../../src/machine/packet-filter.js";
import { Sandbox } from "./sandbox.js";

/** A table as nft 1.0.6 lists it with `-nnn`; recorded. */
const table = (rules: readonly string[], policy = "accept"): string => `table inet filter {
	set ok {
		type inet_service
		elements = { 80, 443 }
	}

	chain input {
		type filter hook input priority 0; policy ${policy};
${rules.map((rule) => `\t\t${rule}\n`).join("")}	}

	chain rest {
		counter packets 0 bytes 0 drop
	}

	chain logdrop {
		log prefix "dropped " group 2 snaplen 64
		drop
	}

	chain output {
		type filter hook output priority 0; policy drop;
	}
}
`;
const RULES = [
  "ct state 0x2,0x4 accept",
  'iifname "lo" accept',
  'tcp dport { 22, 6443 } ct state 0x8 counter packets 0 bytes 0 accept comment "ssh and api"',
  "tcp dport 7000-7010 accept",
  "ip protocol 112 accept",
  "tcp dport @ok accept",
  "ip saddr 10.0.0.0/8 tcp dport 8404 accept",
];

/** As iptables-save 1.8.9 prints it; recorded. */
const dump = (rules: readonly string[], policy = "ACCEPT"): string => `*filter
:INPUT ${policy} [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:KUBE-FIREWALL - [0:0]
${rules.map((rule) => `-A ${rule}\n`).join("")}COMMIT
`;
const SSH = "INPUT -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT";
const REJECT = 'INPUT -m comment --comment "the rest" -j REJECT --reject-with icmp-host-prohibited';
const only = (found: readonly ClosingChain[]): ClosingChain => {
  expect(found).toHaveLength(1);
  return found[0] as ClosingChain;
};

describe("fromNft", () => {
  it("finds a chain that drops, and what it accepts", () => {
    const chain = only(fromNft(table(RULES, "drop")));
    expect(chain).toMatchObject({ tool: "nft", chain: "inet filter input" });
    const ports = [22, 23, 443, 6443, 7005, 7011, 8404];
    expect(ports.filter((port) => letsPortIn(chain, port))).toEqual([22, 6443, 7005, 8404]);
    expect(letsVrrpIn(chain, "ipv4")).toBe(true);
  });

  it.each([
    ["a last rule that drops", [...RULES, "drop"], true],
    ["one whose log prefix is a word of a rule", [...RULES, 'log prefix "dropped " level info drop'], true],
    [
      "one that logs to a group with a queue threshold",
      [...RULES, 'log prefix "x" group 2 queue-threshold 9 drop'],
      true,
    ],
    [
      "one that logs all flags of a packet",
      [...RULES, "log level warn flags tcp sequence,options drop"],
      true,
    ],
    ["one that rejects", [...RULES, "reject with icmpx 3"], true],
    ["one in another chain", [...RULES, "jump rest"], true],
    ["one in a chain whose name begins with log", [...RULES, "jump logdrop"], true],
    ["one in such a chain, for some packets only", [...RULES, "tcp dport 9 goto logdrop"], false],
    ["one for a port only", [...RULES, "tcp dport 9 drop"], false],
    ["one after a rule for everything", [...RULES, "counter packets 1 bytes 2 accept", "drop"], false],
    ["one in another chain, for some packets only", ["ip saddr 10.0.0.9 jump rest"], false],
    ["no such rule", RULES, false],
  ])("uses the verdict for the rest: %s", (_, rules, closes) => {
    expect(fromNft(table(rules)).map(({ chain }) => chain)).toEqual(closes ? ["inet filter input"] : []);
  });

  it.each([
    ["ip protocol { 1, 112 } accept", true],
    ["meta l4proto 112 accept", true],
    ["ip protocol vrrp accept", true],
    ["ip saddr 10.88.0.32 ip protocol 112 accept", true],
    ["ip protocol 112 drop", false],
    ["ip protocol != 112 accept", false],
    ["ip protocol 1 accept", false],
    ["tcp dport 112 accept", false],
  ])("%s", (rule, expected) => {
    expect(letsVrrpIn(only(fromNft(table([rule], "drop"))), "ipv4")).toBe(expected);
  });

  it.each([
    ["ip protocol 112 accept", false],
    ["ip6 nexthdr 112 accept", true],
    ["meta l4proto 112 accept", true],
  ])("accepts VRRP of IPv6 by %s: %s", (rule, expected) => {
    expect(letsVrrpIn(only(fromNft(table([rule], "drop"))), "ipv6")).toBe(expected);
  });

  it("ignores rules after the final verdict", () => {
    const chain = only(fromNft(table(["drop", "tcp dport 6443 accept"])));
    expect(letsPortIn(chain, 6443)).toBe(false);
  });
});

describe("fromIptables", () => {
  it.each([
    ["a policy", dump([SSH], "DROP"), true],
    ["a last rule", dump([SSH, REJECT]), true],
    [
      "a rule of another chain, for marked packets only",
      dump(["INPUT -j KUBE-FIREWALL", "KUBE-FIREWALL -m mark --mark 0x8000/0x8000 -j DROP"]),
      false,
    ],
    ["neither", dump([SSH]), false],
    [
      "chains of ufw",
      dump(["INPUT -j ufw-before-input"], "DROP").replace(":KUBE-FIREWALL", ":ufw-user-input"),
      false,
    ],
    [
      "chains of an old firewalld",
      dump(["INPUT -j INPUT_ZONES", REJECT]).replace(":KUBE-FIREWALL", ":INPUT_ZONES"),
      false,
    ],
    ["no rules", "", false],
  ])("%s", (_, text, closes) => {
    expect(fromIptables(text).map(({ tool, chain }) => [tool, chain])).toEqual(
      closes ? [["iptables", "INPUT"]] : [],
    );
  });

  it.each([
    ["INPUT -p vrrp -j ACCEPT", true],
    ["INPUT -p 112 -j ACCEPT", true],
    ['INPUT -d 224.0.0.18/32 -p vrrp -m comment --comment "k8s vip" -j ACCEPT', true],
    ["INPUT ! -i eth0 -p vrrp -j ACCEPT", false],
    ["INPUT -p vrrp -j DROP", false],
    [SSH, false],
  ])("VRRP by %s", (rule, expected) => {
    expect(letsVrrpIn(only(fromIptables(dump([rule], "DROP"))), "ipv4")).toBe(expected);
  });

  it("reads ports one by one, in lists and in ranges", () => {
    const rules = [SSH, "INPUT -p tcp -m multiport --dports 6443,8000:8500 -j ACCEPT"];
    const chain = only(fromIptables(dump(rules, "DROP")));
    expect([22, 6443, 6444, 8404, 9000].filter((port) => letsPortIn(chain, port))).toEqual([22, 6443, 8404]);
  });
});

describe("closingChains", () => {
  const nft = (sandbox: Sandbox): void => {
    sandbox.answer(
      "nft",
      `case "$*" in
'-nnn list chains')
  for t in 'ip filter' 'inet firewalld' 'inet filter' 'ip6 filter'; do
    printf 'table %s {\\n\\tchain INPUT {\\n\\t\\ttype filter hook input priority 0; policy drop;\\n\\t}\\n}\\n' "$t"
  done ;;
*) printf 'table %s %s {\\n\\tchain in {\\n\\t\\ttype filter hook input priority 0; policy drop;\\n\\t}\\n}\\n' "$4" "$5" ;;
esac`,
    );
  };
  const chains = async (sandbox: Sandbox, family: Family = "ipv4") =>
    (await sandbox.host().ask(closingChains(family))).map(({ tool, chain }) => `${tool} ${chain}`);

  it("reads iptables' table once, and omits firewalld's", async () => {
    using sandbox = new Sandbox();
    nft(sandbox);
    sandbox.answer(
      "iptables-save",
      `cat <<'END'\n*nat\n:INPUT DROP [0:0]\nCOMMIT\n${dump([SSH], "DROP")}END`,
    );
    expect(await chains(sandbox)).toEqual(["iptables INPUT", "nft inet filter in"]);
  });

  it("reads nft's `ip filter` if iptables has no such table", async () => {
    using sandbox = new Sandbox();
    nft(sandbox);
    expect(await chains(sandbox)).toEqual(["nft ip filter in", "nft inet filter in"]);
  });

  it("covers packets of one family", async () => {
    using sandbox = new Sandbox();
    nft(sandbox);
    expect(await chains(sandbox, "ipv6")).toEqual(["nft inet filter in", "nft ip6 filter in"]);
    sandbox.answer("ip6tables-save", `cat <<'END'\n${dump([SSH], "DROP")}END`);
    expect(await chains(sandbox, "ipv6")).toEqual(["ip6tables INPUT", "nft inet filter in"]);
  });

  it("is empty without rules", async () => {
    using sandbox = new Sandbox();
    expect(await chains(sandbox)).toEqual([]);
  });
});

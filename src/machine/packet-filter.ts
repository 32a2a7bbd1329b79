import type { Family } from "../address.js";
import { sh } from "../shell/shell.js";
import { query, type Query } from "./query.js";

/**
 * An input chain that accepts only what its rules match, and that belongs to neither firewalld nor ufw: a ruleset not
 * managed by k8s-ha.
 */
export interface ClosingChain {
  readonly tool: "iptables" | "ip6tables" | "nft";
  /** The chain in its tool's notation: `INPUT`, or `inet filter input`. */
  readonly chain: string;
  /** The rules that accept packets before the rest is dropped, in its tool's notation. */
  readonly accepts: readonly string[];
}

/**
 * {@link ClosingChain}s for packets of one family. iptables-save without `-t` loads no module. nft also lists tables
 * created by iptables, so tables already found by iptables-save are skipped there. A kernel without nftables has none.
 */
export function closingChains(family: Family): Query<readonly ClosingChain[]> {
  const tool = family === "ipv4" ? "iptables" : "ip6tables";
  const ip = family === "ipv4" ? "ip" : "ip6";
  const script = sh`filter=$(${`${tool}-save`} 2>/dev/null | awk '/^[*]/ { f = ($0 == "*filter") } f')
printf '%s\n' "$filter" "nft:"
command -v nft >/dev/null || exit 0
nft -nnn list chains 2>/dev/null | awk '$1 == "table" { t = $2 " " $3 } /type filter hook input/ && !seen[t]++ { print t }' |
while read -r family table; do
  case "$family $table" in
  *" firewalld") continue ;;
  ${`${ip} filter`}) case $filter in *:INPUT*) continue ;; esac ;;
  ${`${ip} `}* | "inet "*) ;;
  *) continue ;;
  esac
  nft -nnn list table "$family" "$table" 2>/dev/null
done`;
  return query(script, (out) => {
    const [iptables = "", nft = ""] = out.split(/^nft:$/m);
    return [...fromIptables(iptables, tool), ...fromNft(nft)];
  });
}

/** A chain's rules, and its policy for packets that match none. */
interface Chain {
  readonly rules: readonly Rule[];
  readonly policy: "accept" | "drop";
}
interface Rule {
  readonly text: string;
  /** The verdict for all packets that reach the rule; `undefined` if it matches only some. */
  readonly always?: "accept" | "drop" | { readonly jump: string };
  readonly accepts: boolean;
}

/** Parses the filter table of `iptables-save` or `ip6tables-save`. */
export function fromIptables(dump: string, tool: "iptables" | "ip6tables" = "iptables"): ClosingChain[] {
  const chains = new Map<string, { policy: "accept" | "drop"; rules: Rule[] }>();
  for (const [, name = "", policy = ""] of dump.matchAll(/^:(\S+) (\S+)/gm))
    chains.set(name, { policy: policy === "DROP" ? "drop" : "accept", rules: [] });
  for (const [, name = "", text = ""] of dump.matchAll(/^-A (\S+) (.*)$/gm))
    chains.get(name)?.rules.push(iptablesRule(text));
  const isOwned = ["ufw-user-input", "ufw6-user-input", "INPUT_ZONES"].some((name) => chains.has(name));
  return isOwned ? [] : closing(tool, "INPUT", "INPUT", chains);
}

function iptablesRule(text: string): Rule {
  const bare = text.replaceAll(/-m comment --comment ("(?:[^"\\]|\\.)*"|\S+) ?/g, "");
  const target = /^-[jg] (\S+)/.exec(bare)?.[1];
  const accepts = / -j ACCEPT$/.test(bare);
  if (target === undefined || target === "LOG" || target === "RETURN") return { text: bare, accepts };
  if (target === "ACCEPT") return { text: bare, accepts, always: "accept" };
  if (target === "DROP" || target === "REJECT") return { text: bare, accepts, always: "drop" };
  return { text: bare, accepts, always: { jump: target } };
}

/** Parses the output of `nft list table` for several tables. */
export function fromNft(listing: string): ClosingChain[] {
  return listing
    .split(/^(?=table )/m)
    .filter((text) => text.startsWith("table "))
    .flatMap((text) => {
      const table = /^table (\S+ \S+)/.exec(text)?.[1] ?? "";
      const chains = new Map<string, Chain>();
      const bases: string[] = [];
      for (const [, name = "", body = ""] of text.matchAll(/^\tchain (\S+) \{\n((?:\t\t.*\n)*)\t\}/gm)) {
        const lines = body.split("\n").map((line) => line.trim());
        const base = lines.find((line) => line.startsWith("type "));
        if (base?.startsWith("type filter hook input ")) bases.push(name);
        const rules = lines.filter((line) => line !== "" && line !== base).map(nftRule);
        chains.set(name, { rules, policy: base?.includes("policy drop") ? "drop" : "accept" });
      }
      return bases.flatMap((name) => closing("nft", `${table} ${name}`, name, chains));
    });
}

/** nft's log statement with all its options; a chain name may start with `log`. */
const LOG =
  /(?<=^| )log(?: (?:prefix "[^"]*"|level \w+|(?:group|snaplen|queue-threshold) \d+|flags (?:(?:tcp|ip) )?[\w,]+))*(?: |$)/;

function nftRule(line: string): Rule {
  const text = line
    .replace(/ ?comment "[^"]*"/, "")
    .replace(LOG, "")
    .replace(/counter packets \d+ bytes \d+ ?/, "")
    .trim();
  const jump = /^(?:jump|goto) (\S+)$/.exec(text)?.[1];
  const accepts = /(^| )accept$/.test(text);
  if (jump !== undefined) return { text, accepts, always: { jump } };
  if (text === "accept") return { text, accepts, always: "accept" };
  return { text, accepts, ...(/^(drop|reject\b.*)$/.test(text) && { always: "drop" }) };
}

/** The chain with its accepting rules, if it drops the rest. */
function closing(
  tool: ClosingChain["tool"],
  chain: string,
  base: string,
  chains: ReadonlyMap<string, Chain>,
): ClosingChain[] {
  const accepts: string[] = [];
  const end = follow(base, chains, accepts, []) ?? chains.get(base)?.policy;
  return end === "drop" ? [{ tool, chain, accepts }] : [];
}

/** The verdict for packets that match no conditional rule of a chain; collects accepting rules on the way. */
function follow(
  name: string,
  chains: ReadonlyMap<string, Chain>,
  accepts: string[],
  way: readonly string[],
): "accept" | "drop" | undefined {
  if (way.includes(name)) return undefined;
  for (const { text, always, accepts: letsIn } of chains.get(name)?.rules ?? []) {
    if (always === "accept" || always === "drop") return always;
    const end = always === undefined ? undefined : follow(always.jump, chains, accepts, [...way, name]);
    if (end !== undefined) return end;
    if (letsIn) accepts.push(text);
  }
  return undefined;
}

/** Whether a chain has a rule that accepts a TCP port, possibly only from some networks or interfaces. */
export function letsPortIn({ tool, accepts }: ClosingChain, port: number): boolean {
  const ports = tool === "nft" ? /\btcp dport (\{[^}]*\}|[\d-]+)/ : /-p tcp .*--dports? ([\d:,]+)/;
  return accepts.some((rule) => !isNegated(rule) && inRanges(ports.exec(rule)?.[1] ?? "", port));
}

/** Whether a chain has a rule that accepts VRRP for VIPs of one family. */
export function letsVrrpIn({ tool, accepts }: ClosingChain, family: Family): boolean {
  const header = family === "ipv4" ? "ip protocol" : "ip6 nexthdr";
  const vrrp = String.raw`(?:\{[^}]*\b(?:112|vrrp)\b[^}]*\}|112\b|vrrp\b)`;
  const protocol =
    tool === "nft" ? new RegExp(String.raw`\b(?:${header}|meta l4proto) ${vrrp}`) : /-p (?:112|vrrp)\b/;
  return accepts.some((rule) => !isNegated(rule) && protocol.test(rule));
}

function isNegated(rule: string): boolean {
  return rule.includes("!");
}

/** Whether a port is in `22,6000:7000` or `{ 22, 6000-7000 }`. */
function inRanges(text: string, port: number): boolean {
  return [...text.matchAll(/(\d+)(?:[:-](\d+))?/g)].some(
    ([, from = "", to = from]) => Number(from) <= port && port <= Number(to),
  );
}

import type { Family } from "../address.js";
import { sh } from "../shell/shell.js";
import { query, type Query } from "./query.js";

/** ufw's names that differ by IP family. */
interface UfwNames {
  readonly iptables: string;
  /** The prefix of its chain names. */
  readonly chains: string;
  /** The file for rules that its commands do not support: before version 0.36.2 they do not support VRRP. */
  readonly beforeRules: string;
  readonly userRules: string;
}

/** ufw's names for one family. */
export function ufwNames(family: Family): UfwNames {
  const six = family === "ipv6" ? "6" : "";
  return {
    iptables: `ip${six}tables`,
    chains: `ufw${six}`,
    beforeRules: `/etc/ufw/before${six}.rules`,
    userRules: `/etc/ufw/user${six}.rules`,
  };
}

/** Whether a host has ufw; a removed but not purged ufw leaves its files, still enabled. */
export const hasUfw: Query<boolean> = query(sh`command -v ufw || true`, (out) => out !== "");

/** What ufw allows, both now and after the next boot. */
export interface UfwState {
  /** Whether its rules are in the kernel; `false` if it starts only with the next boot. */
  readonly live: boolean;
  /** Such as `6443/tcp`. */
  readonly ports: readonly string[];
  readonly vrrp: boolean;
}

/**
 * The state of ufw for one family; `undefined` if it is neither active nor enabled for the next boot. Read from the
 * kernel and from ufw's files: each call of ufw starts a Python process.
 */
export function ufwState(family: Family): Query<UfwState | undefined> {
  const { iptables, chains, beforeRules, userRules } = ufwNames(family);
  const script = sh`command -v ufw >/dev/null && [ -f /etc/ufw/ufw.conf ] || exit 0
grep -qiE '^ENABLED="?yes' /etc/ufw/ufw.conf && echo enabled
if ${iptables} -S ${`${chains}-user-input`} >/dev/null 2>&1; then
  echo live
  ${iptables} -S ${`${chains}-user-input`}; ${iptables} -S ${`${chains}-before-input`}
fi
echo "after boot:"
sed -n '/^-A ufw6\{0,1\}-\(user\|before\)-input /p' ${beforeRules} ${userRules}`;
  return query(script, parseUfw);
}

/** Parses `enabled`, `live`, the rules of the kernel, and those of ufw's files. */
export function parseUfw(text: string): UfwState | undefined {
  const [now = "", later = ""] = text.split("after boot:\n");
  const words = now.split("\n");
  const live = words.includes("live");
  if (!live && !words.includes("enabled")) return undefined;
  const [running, kept] = [rulesIn(now), rulesIn(later)];
  const both = [...running].filter((rule) => kept.has(rule));
  const ports = both.flatMap((rule) => /^tcp (\d+)$/.exec(rule)?.[1] ?? []).map((port) => `${port}/tcp`);
  return { live, ports, vrrp: both.includes("vrrp") };
}

/** The rules that accept from any source: `tcp 6443`, `vrrp`. The kernel prints them in a different form. */
function rulesIn(text: string): Set<string> {
  const accepting = [...text.matchAll(/^-A ufw6?-(?:user|before)-input (.*) -j ACCEPT$/gm)].map(
    ([, match = ""]) => match.replace(" -m tcp", ""),
  );
  return new Set(
    accepting.flatMap((match) => {
      const port = /^-p tcp --dport (\d+)$/.exec(match)?.[1];
      if (port !== undefined) return [`tcp ${port}`];
      return /^-p (?:vrrp|112)$/.test(match) ? ["vrrp"] : [];
    }),
  );
}

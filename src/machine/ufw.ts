import { sh } from "../shell/shell.js";
import { query, type Query } from "./query.js";

/** Where ufw keeps what its own commands cannot say: before version 0.36.2 they know no VRRP. */
export const UFW_BEFORE_RULES = "/etc/ufw/before.rules";
const USER_RULES = "/etc/ufw/user.rules";

/** What ufw lets in, both now and after the next boot. */
export interface UfwState {
  /** Its rules are in the kernel; `false` where it only begins with the next boot. */
  readonly live: boolean;
  /** Such as `6443/tcp`. */
  readonly ports: readonly string[];
  readonly vrrp: boolean;
}

/**
 * The state of ufw; `undefined` where it neither works nor would with the next boot. Read from the kernel and from ufw's
 * files: each call of ufw starts a Python of its own.
 */
export const ufwState: Query<UfwState | undefined> = query(
  sh`[ -f /etc/ufw/ufw.conf ] || exit 0
grep -qiE '^ENABLED="?yes' /etc/ufw/ufw.conf && echo enabled
if iptables -S ufw-user-input >/dev/null 2>&1; then
  echo live
  iptables -S ufw-user-input; iptables -S ufw-before-input
fi
echo "after boot:"
sed -n '/^-A ufw-\(user\|before\)-input /p' ${UFW_BEFORE_RULES} ${USER_RULES}`,
  parseUfw,
);

/** Reads `enabled`, `live`, the rules of the kernel, and those of ufw's files. */
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

/** The rules that let everybody in: `tcp 6443`, `vrrp`. The kernel tells them in words of its own. */
function rulesIn(text: string): Set<string> {
  const accepting = [...text.matchAll(/^-A ufw-(?:user|before)-input (.*) -j ACCEPT$/gm)].map(
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

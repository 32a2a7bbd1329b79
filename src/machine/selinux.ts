import { sh } from "../shell/shell.js";
import { query, type Query } from "./query.js";

/** A boolean of SELinux's policy: its current value, and its value after the next boot. */
export interface SelinuxBoolean {
  readonly name: string;
  readonly live: boolean;
  readonly permanent: boolean;
}

/** The state of an enabled SELinux on a host. */
export interface SelinuxState {
  readonly mode: "enforcing" | "permissive";
  /** Whether it is enforcing after the next boot, independent of the current mode. */
  readonly enforcesAfterBoot: boolean;
  /** The requested booleans that its policy has. */
  readonly booleans: readonly SelinuxBoolean[];
}

/** The file with SELinux's mode after the next boot. */
export const SELINUX_CONFIG = "/etc/selinux/config";

/**
 * SELinux's mode and some of its booleans; `undefined` if it is disabled or not installed. A boolean that was never set
 * permanently is off by policy; others are in booleans.local, below /etc on CentOS 7 and below /var/lib on later versions.
 */
export function selinuxState(names: readonly string[]): Query<SelinuxState | undefined> {
  const script = sh`mode=$(getenforce 2>/dev/null) || exit 0
case $mode in Enforcing | Permissive) echo "$mode" ;; *) exit 0 ;; esac
sed -n 's/^SELINUX=/after boot: /p' ${SELINUX_CONFIG} 2>/dev/null
for name in ${names}; do getsebool "$name" 2>/dev/null; done
type=$(sed -n s/^SELINUXTYPE=//p ${SELINUX_CONFIG} 2>/dev/null)
cat "/etc/selinux/$type/active/booleans.local" "/var/lib/selinux/$type/active/booleans.local" 2>/dev/null
exit 0`;
  return query(script, (out) => parseSelinux(out, names));
}

/** SELinux's state for a load balancer: the policy does not allow haproxy's ports and its masters' ports by default. */
export const selinuxForHaproxy = selinuxState(["haproxy_connect_any"]);

/** The SELinux type of a file; empty if there is none. */
export function selinuxType(path: string): Query<string> {
  return query(sh`stat -c %C ${path} 2>/dev/null || true`, (out) => out.trim().split(":")[2] ?? "");
}

/** Parses the mode, the configured modes, then lines of getsebool (`NAME --> on`) and of booleans.local (`NAME=1`). */
function parseSelinux(out: string, names: readonly string[]): SelinuxState | undefined {
  const [mode, ...lines] = out.split("\n").map((line) => line.trim());
  if (mode !== "Enforcing" && mode !== "Permissive") return undefined;
  // As libselinux does: the first known mode, case-insensitive; without one, permissive.
  const later = lines.flatMap(
    (line) => /^after boot:\s*(enforcing|permissive|disabled)/i.exec(line)?.[1] ?? [],
  );
  const booleans = names.flatMap((name) => {
    const now = lines.find((line) => line.startsWith(`${name} --> `));
    if (now === undefined) return [];
    const set = lines.findLast((line) => line.startsWith(`${name}=`));
    const isOn = /^(1|on|true)$/.test(set?.slice(name.length + 1) ?? "");
    return [{ name, live: /^\S+ --> on\b/.test(now), permanent: isOn }];
  });
  return {
    mode: mode === "Enforcing" ? "enforcing" : "permissive",
    enforcesAfterBoot: later[0]?.toLowerCase() === "enforcing",
    booleans,
  };
}

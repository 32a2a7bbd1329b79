import { sh } from "../shell/shell.js";
import { query, type Query } from "./query.js";

/** A switch of SELinux's policy: what it is now, and what the next boot makes of it. */
export interface SelinuxBoolean {
  readonly name: string;
  readonly live: boolean;
  readonly permanent: boolean;
}

/** SELinux as it is at work on a host. */
export interface SelinuxState {
  readonly mode: "enforcing" | "permissive";
  /** It refuses things after the next boot, whatever its mode is now. */
  readonly enforcesAfterBoot: boolean;
  /** Those of the asked ones that its policy has. */
  readonly booleans: readonly SelinuxBoolean[];
}

/** Where SELinux's mode after the next boot stands. */
export const SELINUX_CONFIG = "/etc/selinux/config";

/**
 * SELinux's mode and some of its booleans; `undefined` where it is off or not there. A boolean that was never set for good
 * is off by policy; one that was stands in booleans.local, which CentOS 7 has below /etc and its successors below /var/lib.
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

/** SELinux as a load balancer meets it: haproxy's ports and those of its masters are none that the policy knows it by. */
export const selinuxForHaproxy = selinuxState(["haproxy_connect_any"]);

/** The type that SELinux knows a file by; empty where there is none. */
export function selinuxType(path: string): Query<string> {
  return query(sh`stat -c %C ${path} 2>/dev/null || true`, (out) => out.trim().split(":")[2] ?? "");
}

/** Reads the mode, those that the configuration says, then lines of getsebool (`NAME --> on`) and of booleans.local (`NAME=1`). */
function parseSelinux(out: string, names: readonly string[]): SelinuxState | undefined {
  const [mode, ...lines] = out.split("\n").map((line) => line.trim());
  if (mode !== "Enforcing" && mode !== "Permissive") return undefined;
  // As libselinux does: the first mode that it knows, in upper or lower case; none is permissive.
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

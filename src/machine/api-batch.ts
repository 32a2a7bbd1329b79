import { randomBytes } from "node:crypto";
import { sh, type Shell } from "../shell/shell.js";
import type { RemoteResult } from "../transport/transport.js";

const NO_CERTIFICATE =
  "has no client certificate and key for its current context, embedded or by path (a token or an exec plugin?); to recreate admin.conf: kubeadm init phase kubeconfig admin";

/** awk: prints the credentials of a kubeconfig's current user, in lines such as `client-key-data LS0t…`. */
const CURRENT_USER = String.raw`function plain(v) { sub(/^[^:]*:[ \t]*/, "", v); sub(/[ \t\r]+$/, "", v); gsub(/^["']|["']$/, "", v); return v }
/^[a-z]/ { section = $1 }
/^current-context:/ { current = plain($0) }
/^ *- / { item++; sub(/-/, " ") }
/^ +name:/ { name[section, item] = plain($0) }
/^ +user: *[^ ]/ { user[item] = plain($0) }
/^ +client-(certificate|key)(-data)?:/ { key = $1; sub(/:$/, "", key); found[item] = found[item] key " " plain($0) "\n" }
END {
  for (i = 1; i <= item; i++) if (name["contexts:", i] == current && i in user) wanted = user[i]
  for (i = 1; i <= item; i++) if (name["users:", i] == wanted) printf "%s", found[i]
}`;

/**
 * Shell functions: `use FILE` reads the credentials of a kubeconfig in /etc/kubernetes; `ask` runs curl with them. They
 * stay in shell variables and are passed through pipes by the printf builtin: no key is in a file or an argument. Each
 * URL has its own curl, because a pipe can be read for one connection only. `-q` comes first, so that no .curlrc sets a
 * proxy.
 */
const ASKING = sh`use() {
  conf=/etc/kubernetes/$1
  of=$(awk ${CURRENT_USER} "$conf")
  certificate=$(credential client-certificate) key=$(credential client-key)
}
credential() {
  value=$(echo "$of" | sed -n "s/^$1-data //p") path=$(echo "$of" | sed -n "s/^$1 //p")
  case $path in (/* | '') ;; (*) path=/etc/kubernetes/$path ;; esac
  if [ -n "$value" ]; then echo "$value" | base64 -d 2>/dev/null || echo "$1-data in $conf is not valid base64" >&2
  elif [ -n "$path" ]; then cat "$path"; else echo "$conf "${NO_CERTIFICATE} >&2; fi
}
ask() {
  left=$((end - $(date +%s))); [ $left -ge 1 ] || left=1; [ $left -le 20 ] || left=20
  printf '%s\n' "$certificate" | {
    printf '%s\n' "$key" | curl -q -sS -g -A k8s-ha --connect-timeout 5 --max-time $left --cacert /etc/kubernetes/pki/ca.crt --cert /dev/fd/3 --key /dev/fd/0 "$@"
  } 3<&0
}`;

/**
 * curl of each URL as cluster administrator, with the client certificate of admin.conf: the apiserver's client
 * certificate for kubelets can no longer read objects (kubernetes 1.33.13, 1.36, 1.37). If admin.conf cannot read (its
 * group has no role before kubeadm 1.29 binds it, or lost it), super-admin.conf can. kubectl takes ten times the CPU
 * time. `-A`: the API indents its JSON for a user agent named curl.
 * @param seconds the time after which each URL gets at most one second
 */
export function apiCurl(seconds: number, options: Shell, urls: Shell): Shell {
  return asAdmin(sh`end=$(($(date +%s) + ${seconds}))
asked=
for url in ${urls}; do
  case $asked$url in
  # Everyone may read /readyz.
  (asked* | */readyz*) ;;
  (*)
    asked=asked secrets=$(echo "$url" | cut -d / -f 1-3)/api/v1/namespaces/kube-system/secrets?limit=1
    if [ -e /etc/kubernetes/super-admin.conf ] && [ "$(ask -o /dev/null -w '%{http_code}' "$secrets" 2>/dev/null)" = 403 ]; then use super-admin.conf; fi ;;
  esac
  ask ${options} "$url"
done`);
}

/** A script in which `ask` runs curl with admin.conf's credentials; each request is limited to the time until `$end`. */
export function asAdmin(script: Shell): Shell {
  return sh`{
${ASKING}
use admin.conf
${script}
}`;
}

/** Several API requests in one script; each is a quoted URL. A result's `code` is the HTTP status; 0 for no response. */
export function frameApi(urls: readonly Shell[]): {
  script: Shell;
  split: (result: RemoteResult) => RemoteResult[];
} {
  const mark = `k8s-ha-${randomBytes(12).toString("hex")}`;
  const words = urls.reduce((all, url) => sh`${all} ${url}`, sh``);
  return {
    script: apiCurl(50, sh`-w ${`\n${mark} %{http_code}\n`}`, words),
    split({ stdout, stderr }) {
      const parts = stdout.split(new RegExp(`\\n${mark} (\\d+)\\n`));
      return urls.map((_, i) => ({
        stdout: parts[2 * i] ?? "",
        code: Number(parts[2 * i + 1] ?? 0),
        stderr,
      }));
    },
  };
}

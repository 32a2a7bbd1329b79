import { randomBytes } from "node:crypto";
import { sh, type Shell } from "../shell/shell.js";
import type { RemoteResult } from "../transport/transport.js";

const ADMIN_CONF = "/etc/kubernetes/admin.conf";
const NO_CERTIFICATE = `${ADMIN_CONF} has no client certificate and key, embedded or by path (a token or an exec plugin?); to write one: kubeadm init phase kubeconfig admin`;

/**
 * Prints a credential of admin.conf (client-certificate, client-key), embedded or by a path, which is relative to the
 * folder of the file itself. `echo` is the shell's own: nothing of a key is in an argument of a process.
 */
const CREDENTIAL = sh`credential() {
  of() { sed -n "s/^[- ]*$1: *[\"']\{0,1\}\([^\"' ]*\).*/\1/p" ${ADMIN_CONF} 2>/dev/null | tr -d '\r' | head -n 1; }
  value=$(of "$1-data") path=$(of "$1")
  case $path in (/* | '') ;; (*) path=/etc/kubernetes/$path ;; esac
  if [ -n "$value" ]; then echo "$value" | base64 -d; elif [ -n "$path" ]; then cat "$path"; else echo ${NO_CERTIFICATE} >&2; fi
}`;

/**
 * curl as the cluster's administrator, by the client certificate of admin.conf: that by which the apiserver speaks to
 * kubelets may not read objects any more (kubernetes 1.33.13, 1.36, 1.37). A kubectl takes ten times the processor time.
 * Certificate and key come through pipes, so that no key is written or in an argument. `-q` comes first: no .curlrc may
 * lead it through a proxy. `-A`: for an agent named curl the API indents its JSON.
 */
export function apiCurl(seconds: number, words: Shell): Shell {
  return sh`{
${CREDENTIAL}
credential client-certificate | { credential client-key | timeout ${String(seconds)} curl -q -sS -g -A k8s-ha --connect-timeout 5 --max-time 20 --cacert /etc/kubernetes/pki/ca.crt --cert /dev/fd/3 --key /dev/fd/0 ${words}; } 3<&0
}`;
}

/** Several looks at the API as one curl, over one connection. A result's `code` is the HTTP status; 0 for no answer. */
export function frameApi(urls: readonly Shell[]): {
  script: Shell;
  split: (result: RemoteResult) => RemoteResult[];
} {
  const mark = `k8s-ha-${randomBytes(12).toString("hex")}`;
  const words = urls.reduce((all, url) => sh`${all} ${url}`, sh``);
  return {
    // curl's own limits are for each URL.
    script: apiCurl(50, sh`-w ${`\n${mark} %{http_code}\n`} ${words}`),
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

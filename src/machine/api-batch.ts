import { randomBytes } from "node:crypto";
import { sh, type Shell } from "../shell/shell.js";
import type { RemoteResult } from "../transport/transport.js";

const PKI = "/etc/kubernetes/pki";

/**
 * curl as the cluster's administrator: with the certificate by which the apiserver speaks to kubelets, which kubeadm
 * gives to system:masters (kubeadm:cluster-admins since 1.29). A kubectl takes ten times the processor time.
 * `-q` comes first: no .curlrc may lead it through a proxy. `-A`: for an agent named curl the API indents its JSON.
 */
export const API_CURL = sh`curl -q -sS -g -A k8s-ha --connect-timeout 5 --max-time 20 --cacert ${`${PKI}/ca.crt`} --cert ${`${PKI}/apiserver-kubelet-client.crt`} --key ${`${PKI}/apiserver-kubelet-client.key`}`;

/** Several looks at the API as one curl, over one connection. A result's `code` is the HTTP status; 0 for no answer. */
export function frameApi(urls: readonly Shell[]): {
  script: Shell;
  split: (result: RemoteResult) => RemoteResult[];
} {
  const mark = `k8s-ha-${randomBytes(12).toString("hex")}`;
  const words = urls.reduce((all, url) => sh`${all} ${url}`, sh``);
  return {
    // curl's own limits are for each URL.
    script: sh`timeout 50 ${API_CURL} -w ${`\n${mark} %{http_code}\n`} ${words}`,
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

import { createHash, X509Certificate } from "node:crypto";
import { sh } from "../shell/shell.js";
import { query, remoteAttempt, type Query } from "./query.js";

/** The DNS names and the IP addresses, bare, of a certificate's SAN extension as openssl prints it; kubeadm takes no others. */
export function parseSans(subjectAltName: string): string[] {
  return subjectAltName
    .split(/,\s*/)
    .flatMap((entry) => /^(?:DNS|IP Address|IP):(.+)$/.exec(entry.trim())?.[1] ?? []);
}

/** A certificate file's SANs and last day; `undefined` where there is none. */
export function certificate(path: string): Query<{ sans: readonly string[]; pem: string } | undefined> {
  return query(sh`if [ -f ${path} ]; then cat ${path}; fi`, (pem) => {
    if (pem.trim() === "") return undefined;
    return { sans: parseSans(new X509Certificate(pem).subjectAltName ?? ""), pem };
  });
}

/** `sha256:HEX` over a CA certificate's public key: what a joining node pins (kubeadm's --discovery-token-ca-cert-hash). */
export function caCertHash(pem: string): string {
  const key = new X509Certificate(pem).publicKey.export({ type: "spki", format: "der" });
  return `sha256:${createHash("sha256").update(key).digest("hex")}`;
}

/** When each certificate below /etc/kubernetes/pki and the kubelet's own client certificate end: path → epoch seconds. */
export const certificateEnds: Query<ReadonlyMap<string, number>> = query(
  sh`for f in /etc/kubernetes/pki/*.crt /etc/kubernetes/pki/etcd/*.crt /var/lib/kubelet/pki/kubelet-client-current.pem; do
  [ -f "$f" ] || continue
  printf '%s %s\n' "$(date -d "$(openssl x509 -enddate -noout -in "$f" | cut -d= -f2)" +%s)" "$f"
done`,
  (out) => {
    const rows = out.split("\n").filter((line) => line !== "");
    return new Map(rows.map((row) => [row.slice(row.indexOf(" ") + 1), Number(row.split(" ")[0])]));
  },
);

/** What openssl sees when it connects: the SANs on the wire, or what went wrong. */
export function wireSans(address: string, port: number): Query<{ sans: readonly string[]; error: string }> {
  const script = sh`timeout 5 openssl s_client -connect ${`${address}:${port}`} </dev/null 2>/dev/null | openssl x509 -noout -ext subjectAltName`;
  return remoteAttempt(script, (result) => {
    const line = result.stdout.split("\n").find((text) => /(DNS|IP Address):/.test(text));
    return {
      sans: line === undefined ? [] : parseSans(line),
      error: line === undefined ? result.stderr.trim() : "",
    };
  });
}

import { createHash, X509Certificate } from "node:crypto";
import { canonical, hostPort } from "../address.js";
import { Failure } from "../failure.js";
import { sh, type Shell } from "../shell/shell.js";
import { query, remoteAttempt, type Query } from "./query.js";

/** The DNS names and the IP addresses, bare, of a certificate's SAN extension as openssl prints it; kubeadm takes no others. */
export function parseSans(subjectAltName: string): string[] {
  return subjectAltName
    .split(/,\s*/)
    .flatMap((entry) => /^(?:DNS|IP Address|IP):(.+)$/.exec(entry.trim())?.[1] ?? [])
    .map(canonical);
}

/** A certificate file's SANs and its text; `undefined` where there is none. */
export function certificate(path: string): Query<{ sans: readonly string[]; pem: string } | undefined> {
  return query(sh`if [ -f ${path} ]; then cat ${path}; fi`, (pem) => {
    if (pem.trim() === "") return undefined;
    const found = firstCertificate(pem);
    if (found === undefined) throw new Failure(`${path} cannot be read as a certificate`);
    return { sans: parseSans(found.subjectAltName ?? ""), pem };
  });
}

/** `sha256:HEX` over a CA certificate's public key: what a joining node pins (kubeadm's --discovery-token-ca-cert-hash). */
export function caCertHash(pem: string): string {
  const key = new X509Certificate(pem).publicKey.export({ type: "spki", format: "der" });
  return `sha256:${createHash("sha256").update(key).digest("hex")}`;
}

/** The kubelet's own client certificate, and its key. */
const KUBELET_CLIENT = "/var/lib/kubelet/pki/kubelet-client-current.pem";
/** For awk: only the certificates of a file that may hold keys too; a key after a certificate without its end as well. */
const CERTIFICATE_LINES = `FNR == 1 || /^-----BEGIN / { on = /^-----BEGIN CERTIFICATE-----/ } on { print } /^-----END / { on = 0 }`;

/** The node that a host's kubelet is, by its client certificate; empty where it has none. */
export const kubeletNode: Query<string> = query(
  sh`if [ -f ${KUBELET_CLIENT} ]; then awk ${CERTIFICATE_LINES} ${KUBELET_CLIENT}; fi`,
  (pem) => /^CN=system:node:(.*)$/m.exec(firstCertificate(pem)?.subject ?? "")?.[1] ?? "",
);

/**
 * When each certificate below /etc/kubernetes/pki and the kubelet's own client certificate end: path → epoch seconds,
 * NaN for a file that is none.
 */
export const certificateEnds: Query<ReadonlyMap<string, number>> = query(
  sh`set --
for f in /etc/kubernetes/pki/*.crt /etc/kubernetes/pki/etcd/*.crt ${KUBELET_CLIENT}; do [ -f "$f" ] && set -- "$@" "$f"; done
[ $# = 0 ] || awk ${`BEGIN { for (i = 1; i < ARGC; i++) print "# " ARGV[i] } FNR == 1 { print "# " FILENAME } ${CERTIFICATE_LINES}`} "$@"`,
  // Each name comes first by itself: an empty file has no lines.
  (out) =>
    new Map(
      out
        .split(/^# /m)
        .slice(1)
        .map((part): [string, number] => {
          const end = part.indexOf("\n");
          return [part.slice(0, end), endOf(part.slice(end + 1))];
        }),
    ),
);

function endOf(pem: string): number {
  return Date.parse(firstCertificate(pem)?.validTo ?? "") / 1000;
}

/** Of a bundle the first one counts: it is what is shown to others. `undefined` where the text is no certificate. */
function firstCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** Prints the line of a certificate's SANs; `openssl x509 -ext` is not there before OpenSSL 1.1.1. */
export function sansLine(from: Shell): Shell {
  return sh`openssl x509 -noout -text ${from} | sed -n '/X509v3 Subject Alternative Name/{n;p}'`;
}

/** What openssl sees when it connects: the SANs on the wire, or what went wrong. */
export function wireSans(address: string, port: number): Query<{ sans: readonly string[]; error: string }> {
  const script = sh`timeout 5 openssl s_client -connect ${hostPort(address, port)} </dev/null 2>/dev/null | ${sansLine(sh``)}`;
  return remoteAttempt(script, (result) => {
    const line = result.stdout.split("\n").find((text) => /(DNS|IP Address):/.test(text));
    return {
      sans: line === undefined ? [] : parseSans(line),
      error: line === undefined ? result.stderr.trim() : "",
    };
  });
}

/** Where kubeadm puts the cluster's CA on every node. */
export const CLUSTER_CA = "/etc/kubernetes/pki/ca.crt";

const clusterCa = certificate(CLUSTER_CA);
/** {@link caCertHash} of the cluster's CA; empty where a host has none. */
export const clusterCaHash: Query<string> = {
  ...clusterCa,
  parse: (result) => {
    const ca = clusterCa.parse(result);
    return ca === undefined ? "" : caCertHash(ca.pem);
  },
};

/**
 * Whether the certificate that a server shows is signed by the CA that the host has, whatever names it is for.
 * SSL_CERT_FILE and SSL_CERT_DIR: without them the CAs of the world count too. -partial_chain: the cluster's CA may be signed
 * by another one. -verify: older OpenSSL heeds -verify_return_error with it alone (openssl#8079).
 */
export function isSignedByClusterCa(address: string, port: number): Query<boolean> {
  return remoteAttempt(
    sh`SSL_CERT_FILE=/dev/null SSL_CERT_DIR=/dev/null timeout 5 openssl s_client -connect ${hostPort(address, port)} -CAfile ${CLUSTER_CA} -partial_chain -verify 10 -verify_return_error </dev/null >/dev/null 2>&1`,
    ({ code }) => code === 0,
  );
}

/** The SHA-256 fingerprint of the certificate that a server shows; empty where none answers. */
export function wireFingerprint(address: string, port: number): Query<string> {
  return remoteAttempt(
    sh`timeout 5 openssl s_client -connect ${hostPort(address, port)} </dev/null 2>/dev/null | openssl x509 -noout -sha256 -fingerprint`,
    ({ stdout }) => stdout.trim(),
  );
}

/** The same of a certificate file. */
export function fileFingerprint(path: string): Query<string> {
  return query(sh`openssl x509 -noout -sha256 -fingerprint -in ${path}`, (out) => out.trim());
}

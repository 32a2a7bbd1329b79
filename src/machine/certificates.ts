import { createHash, X509Certificate } from "node:crypto";
import { canonical, hostPort } from "../address.js";
import { Failure } from "../failure.js";
import { sh, type Shell } from "../shell/shell.js";
import { query, remoteAttempt, type Query } from "./query.js";

/** The DNS names and IP addresses of a SAN extension as openssl prints it; kubeadm supports no other types. */
export function parseSans(subjectAltName: string): string[] {
  return subjectAltName
    .split(/,\s*/)
    .flatMap((entry) => /^(?:DNS|IP Address|IP):(.+)$/.exec(entry.trim())?.[1] ?? [])
    .map(canonical);
}

/** A certificate file's SANs and text; `undefined` if there is no file. */
export function certificate(path: string): Query<{ sans: readonly string[]; pem: string } | undefined> {
  return query(sh`if [ -f ${path} ]; then cat ${path}; fi`, (pem) => {
    if (pem.trim() === "") return undefined;
    const found = firstCertificate(pem);
    if (found === undefined) throw new Failure(`${path} cannot be read as a certificate`);
    return { sans: parseSans(found.subjectAltName ?? ""), pem };
  });
}

/** `sha256:HEX` of a CA certificate's public key, which a joining node pins (kubeadm's --discovery-token-ca-cert-hash). */
export function caCertHash(pem: string): string {
  const key = new X509Certificate(pem).publicKey.export({ type: "spki", format: "der" });
  return `sha256:${createHash("sha256").update(key).digest("hex")}`;
}

/** The kubelet's client certificate and key. */
const KUBELET_CLIENT = "/var/lib/kubelet/pki/kubelet-client-current.pem";
/** The kubelet's serving certificate, if it asks the cluster for one (serverTLSBootstrap). */
const KUBELET_SERVER = "/var/lib/kubelet/pki/kubelet-server-current.pem";
/** awk: only the certificates of a file that may also contain keys; no key even after a certificate without an end line. */
const CERTIFICATE_LINES = `FNR == 1 || /^-----BEGIN / { on = /^-----BEGIN CERTIFICATE-----/ } on { print } /^-----END / { on = 0 }`;

/** The node name in the kubelet's client certificate; empty if there is none. */
export const kubeletNode: Query<string> = query(
  sh`if [ -f ${KUBELET_CLIENT} ]; then awk ${CERTIFICATE_LINES} ${KUBELET_CLIENT}; fi`,
  (pem) => /^CN=system:node:(.*)$/m.exec(firstCertificate(pem)?.subject ?? "")?.[1] ?? "",
);

/**
 * The expiry of each certificate below /etc/kubernetes/pki and of the kubelet's client certificate: path → epoch
 * seconds, NaN for a file that is not a certificate.
 */
export const certificateEnds: Query<ReadonlyMap<string, number>> = query(
  sh`set --
for f in /etc/kubernetes/pki/*.crt /etc/kubernetes/pki/etcd/*.crt ${KUBELET_CLIENT}; do [ -f "$f" ] && set -- "$@" "$f"; done
[ $# = 0 ] || awk ${`BEGIN { for (i = 1; i < ARGC; i++) print "# " ARGV[i] } FNR == 1 { print "# " FILENAME } ${CERTIFICATE_LINES}`} "$@"`,
  // All names are printed first, because an empty file has no lines.
  endsIn,
);

/**
 * The expiry of the client certificate inside each kubeconfig of /etc/kubernetes, and of the kubelet's serving certificate:
 * path → epoch seconds, NaN for what is not a certificate. No key leaves the host.
 */
export const kubeconfigEnds: Query<ReadonlyMap<string, number>> = query(
  sh`for f in /etc/kubernetes/*.conf; do
  data=$(sed -n 's/^ *client-certificate-data: *//p' "$f" 2>/dev/null | head -n 1)
  [ -z "$data" ] || { echo "# $f"; printf %s "$data" | base64 -d 2>/dev/null | awk ${CERTIFICATE_LINES}; }
done
f=${KUBELET_SERVER}; if [ -f "$f" ]; then echo "# $f"; awk ${CERTIFICATE_LINES} "$f"; fi`,
  endsIn,
);

function endsIn(out: string): ReadonlyMap<string, number> {
  return new Map(
    out
      .split(/^# /m)
      .slice(1)
      .map((part): [string, number] => {
        const end = part.indexOf("\n");
        return [part.slice(0, end), endOf(part.slice(end + 1))];
      }),
  );
}

function endOf(pem: string): number {
  return Date.parse(firstCertificate(pem)?.validTo ?? "") / 1000;
}

/** The first certificate of a bundle, which is the one that is served; `undefined` if the text is not a certificate. */
function firstCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** Prints the line of a certificate's SANs; `openssl x509 -ext` requires OpenSSL 1.1.1. */
export function sansLine(from: Shell): Shell {
  return sh`openssl x509 -noout -text ${from} | sed -n '/X509v3 Subject Alternative Name/{n;p}'`;
}

/** The SANs of the certificate that a server presents to openssl, or the error. */
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

/** kubeadm's path of the cluster CA on every node. */
export const CLUSTER_CA = "/etc/kubernetes/pki/ca.crt";

const clusterCa = certificate(CLUSTER_CA);
/** {@link caCertHash} of the cluster CA; empty if a host has none. */
export const clusterCaHash: Query<string> = {
  ...clusterCa,
  parse: (result) => {
    const ca = clusterCa.parse(result);
    return ca === undefined ? "" : caCertHash(ca.pem);
  },
};

/**
 * Whether a server's certificate is signed by the host's cluster CA; names are not checked.
 * SSL_CERT_FILE and SSL_CERT_DIR exclude the system's CAs. -partial_chain: the cluster CA may be signed by another one.
 * -verify: older OpenSSL honors -verify_return_error only with it (openssl#8079).
 */
export function isSignedByClusterCa(address: string, port: number): Query<boolean> {
  return remoteAttempt(
    sh`SSL_CERT_FILE=/dev/null SSL_CERT_DIR=/dev/null timeout 5 openssl s_client -connect ${hostPort(address, port)} -CAfile ${CLUSTER_CA} -partial_chain -verify 10 -verify_return_error </dev/null >/dev/null 2>&1`,
    ({ code }) => code === 0,
  );
}

/** The SHA-256 fingerprint of a server's certificate; empty if no server responds. */
export function wireFingerprint(address: string, port: number): Query<string> {
  return remoteAttempt(
    sh`timeout 5 openssl s_client -connect ${hostPort(address, port)} </dev/null 2>/dev/null | openssl x509 -noout -sha256 -fingerprint`,
    ({ stdout }) => stdout.trim(),
  );
}

/** The SHA-256 fingerprint of a certificate file. */
export function fileFingerprint(path: string): Query<string> {
  return query(sh`openssl x509 -noout -sha256 -fingerprint -in ${path}`, (out) => out.trim());
}

import { createHash } from "node:crypto";
import { TransportError } from "./errors.js";
import { keyTypeOf, type KnownHostKeys, knownHostsName } from "./known-hosts.js";
import type { SshTarget } from "./transport.js";

/** The fingerprint in the format of `ssh` and `ssh-keygen -l`. */
function fingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** The error for the key that a host presents; undefined if known_hosts trusts it. */
export function hostKeyFault(
  target: SshTarget,
  known: KnownHostKeys,
  presented: Buffer,
): TransportError | undefined {
  const shown = `${keyTypeOf(presented)} ${fingerprint(presented)}`;
  const revoked = known.revoked.find((entry) => entry.key.equals(presented));
  if (revoked !== undefined) {
    return new TransportError(
      "host-key-revoked",
      `${target.name} presents the host key ${shown}, which ${revoked.file}:${revoked.line} revokes`,
      { host: target.name, hint: "A revoked key may be compromised: generate a new host key." },
    );
  }
  if (known.trusted.some((entry) => entry.key.equals(presented))) return undefined;
  return known.trusted.length === 0 ? unknownKey(target, known, shown) : changedKey(target, known, shown);
}

/** The host has no key of a type that known_hosts lists for it, so its key must have been replaced. */
export function hostKeyTypeGone(target: SshTarget, known: KnownHostKeys): TransportError {
  return changedKey(target, known, "a key of another type");
}

function unknownKey(target: SshTarget, known: KnownHostKeys, shown: string): TransportError {
  const name = knownHostsName(target.address, target.port);
  const authority = known.certificateAuthorities[0];
  const file = target.knownHostsFiles?.[0] ?? "~/.ssh/known_hosts";
  const byCertificate =
    authority === undefined
      ? ""
      : ` (${authority.file}:${authority.line} is a certificate authority, which only ssh.transport: openssh supports)`;
  return new TransportError(
    "host-key-unknown",
    `the host key of ${target.name} (${name}) is not in known_hosts; it presents ${shown}${byCertificate}`,
    {
      host: target.name,
      hint:
        `Compare it with \`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\` (or the file of its key type) on the host's console, ` +
        `then add it: ssh-keyscan -p ${target.port} ${target.address} >> ${file}`,
    },
  );
}

function changedKey(target: SshTarget, known: KnownHostKeys, shown: string): TransportError {
  const name = knownHostsName(target.address, target.port);
  const places = known.trusted.map((entry) => `${entry.file}:${entry.line} (${entry.keyType})`).join(", ");
  const file = known.trusted[0]?.file ?? "";
  return new TransportError(
    "host-key-changed",
    `the host key of ${target.name} (${name}) is not the one in ${places}; it presents ${shown}`,
    {
      host: target.name,
      hint:
        `The connection may be intercepted. Only if the host was reinstalled: ` +
        `ssh-keygen -f ${file} -R '${name}', then add its new key: ` +
        `ssh-keyscan -p ${target.port} ${target.address} >> ${file}`,
    },
  );
}

import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Failure } from "../failure.js";

/** One usable line of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
export interface KnownHostsEntry {
  readonly marker: "none" | "revoked" | "cert-authority";
  /** The host field as written: patterns separated by commas, or one hashed name. */
  readonly hosts: string;
  readonly keyType: string;
  /** The key in wire format, as a server presents it. */
  readonly key: Buffer;
  readonly file: string;
  /** Starts at 1. */
  readonly line: number;
}

/** The known_hosts entries of one host. */
export interface KnownHostKeys {
  readonly trusted: readonly KnownHostsEntry[];
  readonly revoked: readonly KnownHostsEntry[];
  readonly certificateAuthorities: readonly KnownHostsEntry[];
}

/** Reads several files, in order; a file that does not exist has no entries. */
export async function readKnownHosts(files: readonly string[]): Promise<KnownHostsEntry[]> {
  const parsed = await Promise.all(files.map(async (file) => parseKnownHosts(await readOrEmpty(file), file)));
  return parsed.flat();
}

async function readOrEmpty(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(`cannot read known_hosts: ${why}`, {
      hint: "make it readable, or set another file in ssh.knownHostsFiles",
      cause: error,
    });
  }
}

/** The entries of one file; like OpenSSH, skips lines that it cannot parse. */
export function parseKnownHosts(text: string, file: string): KnownHostsEntry[] {
  return text.split("\n").flatMap((line, index) => {
    const entry = parseLine(line, file, index + 1);
    return entry === undefined ? [] : [entry];
  });
}

const MARKERS: Partial<Record<string, KnownHostsEntry["marker"]>> = {
  "@revoked": "revoked",
  "@cert-authority": "cert-authority",
};

function parseLine(text: string, file: string, line: number): KnownHostsEntry | undefined {
  const fields = text.trim().split(/[ \t]+/);
  let marker: KnownHostsEntry["marker"] = "none";
  if (fields[0]?.startsWith("@")) {
    const named = MARKERS[fields[0]];
    if (named === undefined) return undefined;
    marker = named;
    fields.shift();
  }
  const [hosts, keyType, base64] = fields;
  if (hosts === undefined || hosts.startsWith("#") || keyType === undefined || base64 === undefined) {
    return undefined;
  }
  const key = Buffer.from(base64, "base64");
  return keyTypeOf(key) === keyType ? { marker, hosts, keyType, key, file, line } : undefined;
}

/** The type of a key in wire format (RFC 4253, 6.6), or "" if it is not a key. */
export function keyTypeOf(key: Buffer): string {
  if (key.length < 4) return "";
  return key.toString("latin1", 4, 4 + key.readUInt32BE(0));
}

/** Whether the host field of a line matches `name`: a host, or `[host]:port`. */
export function namesHost(hosts: string, name: string): boolean {
  const lower = name.toLowerCase();
  if (hosts.startsWith("|")) return isHashOf(hosts, lower);
  const patterns = hosts.toLowerCase().split(",");
  const [refusing, accepting] = [patterns.filter(isNegated), patterns.filter((p) => !isNegated(p))];
  if (refusing.some((pattern) => globMatches(pattern.slice(1), lower))) return false;
  return accepting.some((pattern) => globMatches(pattern, lower));
}

const isNegated = (pattern: string): boolean => pattern.startsWith("!");

function isHashOf(hashed: string, name: string): boolean {
  const [, version, salt, hash] = hashed.split("|");
  if (version !== "1" || salt === undefined || hash === undefined) return false;
  return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
}

function globMatches(pattern: string, name: string): boolean {
  const source = pattern
    .replaceAll(/\*+/g, "*")
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s").test(name);
}

/** A host and port in the format of known_hosts. */
export function knownHostsName(host: string, port: number): string {
  return port === 22 ? host : `[${host}]:${String(port)}`;
}

/**
 * The keys of a host. Like OpenSSH, a host on another port than 22 that has no entry of its own
 * is looked up without the port.
 */
export function knownHostKeys(
  entries: readonly KnownHostsEntry[],
  host: string,
  port: number,
): KnownHostKeys {
  const own = select(entries, knownHostsName(host, port));
  if (port === 22 || own.trusted.length > 0) return own;
  const portless = select(entries, host);
  return { ...portless, revoked: [...own.revoked, ...portless.revoked] };
}

function select(entries: readonly KnownHostsEntry[], name: string): KnownHostKeys {
  const named = entries.filter((entry) => namesHost(entry.hosts, name));
  return {
    trusted: named.filter((entry) => entry.marker === "none"),
    revoked: named.filter((entry) => entry.marker === "revoked"),
    certificateAuthorities: named.filter((entry) => entry.marker === "cert-authority"),
  };
}

/** Signature algorithms by key type, best first; ssh-rsa (SHA-1) is not among them (RFC 8332). */
const ALGORITHMS = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
} as const;

/** A host-key algorithm that may be offered to a server. */
export type HostKeyAlgorithm = (typeof ALGORITHMS)[keyof typeof ALGORITHMS][number];

/** The algorithms to offer, so that the server presents a known key; all of them if none is known. */
export function hostKeyAlgorithms(known: KnownHostKeys): HostKeyAlgorithm[] {
  const types = new Set(known.trusted.map((entry) => entry.keyType));
  return Object.entries(ALGORITHMS)
    .filter(([type]) => types.size === 0 || types.has(type))
    .flatMap(([, algorithms]) => [...algorithms]);
}

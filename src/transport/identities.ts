import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import ssh2, { type BaseAgent, type ParsedKey } from "ssh2";
import { AgentWithKeys } from "./agent.js";
import type { SshTarget } from "./transport.js";

/** A credential for a login. */
export type Credential =
  | { readonly type: "publickey"; readonly key: ParsedKey }
  | { readonly type: "agent"; readonly agent: BaseAgent };

/** The usable credentials, and notes on those that cannot be used. */
export interface Identities {
  readonly credentials: readonly Credential[];
  readonly notes: readonly string[];
}

// ssh_config(5), IdentityFile; without the types that ssh2 does not support (hardware keys, DSA).
const DEFAULT_NAMES = ["id_ed25519", "id_ecdsa", "id_rsa"];

/** Loads a target's credentials, in the order in which they are tried. */
export async function loadIdentities(target: SshTarget): Promise<Identities> {
  const socket = process.env["SSH_AUTH_SOCK"];
  const agent = socket ? await AgentWithKeys.at(socket) : undefined;
  const { identityFiles = [] } = target;
  if (identityFiles.length > 0) {
    const found = await Promise.all(identityFiles.map((file) => readIdentity(file, agent)));
    return gather(found, identityFiles);
  }
  const defaults = DEFAULT_NAMES.map((name) => join(homedir(), ".ssh", name));
  const found = await Promise.all(defaults.map((file) => readDefaultIdentity(file)));
  return gather([offerAgent(agent), ...found.flat()], defaults);
}

function gather(found: readonly (Credential | string)[], files: readonly string[]): Identities {
  const certificates = files.map((file) => `${file}-cert.pub`).filter((file) => existsSync(file));
  return {
    credentials: found.filter((one) => typeof one === "object"),
    notes: [
      ...found.filter((one) => typeof one === "string"),
      ...certificates.map((file) => `${file} is a certificate, which only ssh.transport: openssh can use`),
    ],
  };
}

function offerAgent(agent: AgentWithKeys | undefined): Credential | string {
  if (agent === undefined) return "there is no ssh-agent (SSH_AUTH_SOCK)";
  return agent.keys.length === 0 ? "the ssh-agent holds no usable key" : { type: "agent", agent };
}

/** An identity file from the inventory: its private key, or the agent's, or the reason for neither. */
async function readIdentity(file: string, agent: AgentWithKeys | undefined): Promise<Credential | string> {
  let parsed: ParsedKey | Error;
  try {
    parsed = firstKey(await readFile(file));
  } catch (error) {
    return `cannot read the identity file: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (!(parsed instanceof Error) && parsed.isPrivateKey()) return { type: "publickey", key: parsed };
  const publicKey = parsed instanceof Error ? await publicHalf(file) : parsed;
  const held = publicKey && agent?.only(publicKey.getPublicSSH());
  return held === undefined ? whyUnusable(file, parsed) : { type: "agent", agent: held };
}

/** One of OpenSSH's default identity files, which may be absent; the agent is offered before it. */
async function readDefaultIdentity(file: string): Promise<(Credential | string)[]> {
  try {
    const parsed = firstKey(await readFile(file));
    if (parsed instanceof Error || !parsed.isPrivateKey()) return [whyUnusable(file, parsed)];
    return [{ type: "publickey", key: parsed }];
  } catch {
    return [];
  }
}

function whyUnusable(file: string, parsed: ParsedKey | Error): string {
  if (!(parsed instanceof Error))
    return `${file} is a public key, and ssh-agent does not hold its private key`;
  if (/encrypted|passphrase/i.test(parsed.message)) {
    return `${file} is encrypted and ssh-agent does not hold it; load it: ssh-add ${file}`;
  }
  return `${file} contains no usable private key: ${parsed.message}`;
}

function firstKey(text: Buffer): ParsedKey | Error {
  // The types omit that a file with several keys gives an array.
  const parsed = ssh2.utils.parseKey(text) as ParsedKey | ParsedKey[] | Error;
  if (!Array.isArray(parsed)) return parsed;
  return parsed[0] ?? new Error("it contains no key");
}

/** ssh-keygen writes the public key next to the private one. */
async function publicHalf(file: string): Promise<ParsedKey | undefined> {
  try {
    const parsed = firstKey(await readFile(`${file}.pub`));
    return parsed instanceof Error ? undefined : parsed;
  } catch {
    return undefined;
  }
}

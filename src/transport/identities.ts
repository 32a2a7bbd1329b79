import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import ssh2, { type BaseAgent, type ParsedKey } from "ssh2";
import { AgentWithKeys } from "./agent.js";
import type { SshTarget } from "./transport.js";

/** One way to log in. */
export type Credential =
  | { readonly type: "publickey"; readonly key: ParsedKey }
  | { readonly type: "agent"; readonly agent: BaseAgent };

/** What there is to log in with, and in words what could not be used and why. */
export interface Identities {
  readonly credentials: readonly Credential[];
  readonly notes: readonly string[];
}

// ssh_config(5), IdentityFile; without the kinds ssh2 cannot use (hardware keys, DSA).
const DEFAULT_NAMES = ["id_ed25519", "id_ecdsa", "id_rsa"];

/** Gathers a target's credentials, in the order in which they are to be tried. */
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

/** A file the inventory names: its private key, or the agent's, or the reason why neither. */
async function readIdentity(file: string, agent: AgentWithKeys | undefined): Promise<Credential | string> {
  let parsed: ParsedKey | Error;
  try {
    parsed = firstKey(await readFile(file));
  } catch (error) {
    return `cannot read the identity file: ${String(error)}`;
  }
  if (!(parsed instanceof Error) && parsed.isPrivateKey()) return { type: "publickey", key: parsed };
  const publicKey = parsed instanceof Error ? await publicHalf(file) : parsed;
  const held = publicKey && agent?.only(publicKey.getPublicSSH());
  return held === undefined ? whyUnusable(file, parsed) : { type: "agent", agent: held };
}

/** A file at one of OpenSSH's default names, which need not be there; the agent was offered before. */
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
  if (!(parsed instanceof Error)) return `${file} is a public key whose private half ssh-agent does not hold`;
  if (/encrypted|passphrase/i.test(parsed.message)) {
    return `${file} is encrypted and ssh-agent does not hold it; load it: ssh-add ${file}`;
  }
  return `${file} holds no private key that can be used: ${parsed.message}`;
}

function firstKey(text: Buffer): ParsedKey | Error {
  // The types leave out that a file of several keys gives an array.
  const parsed = ssh2.utils.parseKey(text) as ParsedKey | ParsedKey[] | Error;
  if (!Array.isArray(parsed)) return parsed;
  return parsed[0] ?? new Error("there is no key in it");
}

/** ssh-keygen writes the public key beside the private one. */
async function publicHalf(file: string): Promise<ParsedKey | undefined> {
  try {
    const parsed = firstKey(await readFile(`${file}.pub`));
    return parsed instanceof Error ? undefined : parsed;
  } catch {
    return undefined;
  }
}

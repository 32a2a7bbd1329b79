import { TransportError, type TransportReason } from "../errors.js";
import { quote } from "../../shell/shell.js";
import type { SshSettings, SshTarget } from "../transport.js";
import { hostArguments } from "./arguments.js";

interface Fault {
  readonly words: RegExp;
  readonly reason: TransportReason;
  readonly hint: (tryIt: string) => string;
}

const byHand = (tryIt: string): string => `See what it says to: ${tryIt}`;

// In ssh's own words, which no locale changes; the first that fits counts.
const FAULTS: readonly Fault[] = [
  {
    words: /REVOKED HOST KEY|marked as revoked/,
    reason: "host-key-revoked",
    hint: () => "A revoked key may be in a stranger's hands: give the host a new one.",
  },
  {
    words: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    reason: "host-key-changed",
    hint: (tryIt) => `Somebody may be listening in between. Only if the host was reinstalled: ${tryIt}`,
  },
  {
    words: /Host key verification failed|host key is known|no matching host key type/,
    reason: "host-key-unknown",
    hint: (tryIt) => `Log in once by hand, and compare the key with the one on the host's console: ${tryIt}`,
  },
  {
    words: /Permission denied|Too many authentication failures/,
    reason: "authentication",
    hint: (tryIt) =>
      `This must work without a question (a key with a passphrase is loaded by ssh-add before): ${tryIt}`,
  },
];

/** Why a master could not log in, by what it said. */
export function loginFault(settings: SshSettings, target: SshTarget, said: string): TransportError {
  const { name: host, user, address, port } = target;
  const fault = FAULTS.find(({ words }) => words.test(said));
  const tryIt = ["ssh", ...hostArguments(settings)].map(quote).join(" ");
  return new TransportError(
    fault?.reason ?? "unreachable",
    `ssh cannot log in on ${host} (${user}@${address} port ${port}): ${inOneLine(said) || "it says nothing"}`,
    { host, hint: (fault?.hint ?? byHand)(tryIt) },
  );
}

/** The last of what `ssh` says; before it come its warnings in large letters. */
export function inOneLine(said: string): string {
  const lines = said.split(/\r?\n/).map((line) => line.trim());
  return lines
    .filter((line) => line !== "")
    .slice(-5)
    .join("; ");
}

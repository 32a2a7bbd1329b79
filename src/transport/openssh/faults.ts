import { TransportError, type TransportReason } from "../errors.js";
import { quote } from "../../shell/shell.js";
import type { SshSettings, SshTarget } from "../transport.js";
import { hostArguments } from "./arguments.js";

interface Fault {
  readonly words: RegExp;
  readonly reason: TransportReason;
  readonly hint: (tryIt: string) => string;
}

const byHand = (tryIt: string): string => `Check the output of: ${tryIt}`;

// ssh's messages, which are not localized; the first match applies.
const FAULTS: readonly Fault[] = [
  {
    words: /REVOKED HOST KEY|marked as revoked/,
    reason: "host-key-revoked",
    hint: () => "A revoked key may be compromised: generate a new host key.",
  },
  {
    words: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    reason: "host-key-changed",
    hint: (tryIt) => `The connection may be intercepted. Only if the host was reinstalled: ${tryIt}`,
  },
  {
    words: /Host key verification failed|host key is known|no matching host key type/,
    reason: "host-key-unknown",
    hint: (tryIt) => `Log in once manually, and compare the key with the one on the host's console: ${tryIt}`,
  },
  {
    words: /Permission denied|Too many authentication failures/,
    reason: "authentication",
    hint: (tryIt) =>
      `This must work without a prompt (load a key with a passphrase into ssh-agent first: ssh-add): ${tryIt}`,
  },
];

/** The error for a master's failed login, from its output. */
export function loginFault(settings: SshSettings, target: SshTarget, output: string): TransportError {
  const { name: host, user, address, port } = target;
  const fault = FAULTS.find(({ words }) => words.test(output));
  const tryIt = ["ssh", ...hostArguments(settings)].map(quote).join(" ");
  return new TransportError(
    fault?.reason ?? "unreachable",
    `ssh cannot log in on ${host} (${user}@${address} port ${port}): ${inOneLine(output) || "no output"}`,
    { host, hint: (fault?.hint ?? byHand)(tryIt) },
  );
}

/** The last lines of ssh's output, in one line; its banner-like warnings come before. */
export function inOneLine(output: string): string {
  const lines = output.split(/\r?\n/).map((line) => line.trim());
  return lines
    .filter((line) => line !== "")
    .slice(-5)
    .join("; ");
}

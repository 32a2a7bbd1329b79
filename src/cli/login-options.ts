import { resolve } from "node:path";
import { Option } from "@commander-js/extra-typings";
import type { Login } from "../init/choices.js";
import type { DraftSsh } from "../init/draft.js";

/** The options for a login without an inventory. */
export const sshClient = () =>
  new Option("--transport <client>", "the SSH client (ssh.transport)").choices([
    "built-in",
    "openssh",
  ] as const);
export const identityFile = () => new Option("--identity-file <file...>", "private keys (ssh.identityFiles)");
export const knownHostsFile = () =>
  new Option("--known-hosts-file <file...>", "files with host keys (ssh.knownHostsFiles)");
export const sudoPasswordFile = () =>
  new Option(
    "--sudo-password-file <file>",
    "a file whose first line is the password for sudo (ssh.sudoPasswordFile)",
  );

/** Their values. */
export interface LoginOptions {
  readonly transport?: "built-in" | "openssh" | undefined;
  readonly identityFile?: readonly string[] | true | undefined;
  readonly knownHostsFile?: readonly string[] | true | undefined;
  readonly sudoPasswordFile?: string | undefined;
}

/** The login settings of an inventory, as these options set them. */
export function sshOf({ port, user }: Login, options: LoginOptions): DraftSsh {
  const { transport, identityFile: keys, knownHostsFile: hosts, sudoPasswordFile: password } = options;
  return {
    ...(transport !== undefined && { transport }),
    ...(port !== undefined && { port }),
    ...(user !== undefined && { user }),
    ...(Array.isArray(keys) && { identityFiles: keys.map(path) }),
    ...(Array.isArray(hosts) && { knownHostsFiles: hosts.map(path) }),
    ...(password !== undefined && { sudoPasswordFile: path(password) }),
  };
}

/** Absolute, because paths in an inventory are relative to it; the shell has expanded `~` already. */
function path(file: string): string {
  return file.startsWith("~") ? file : resolve(file);
}

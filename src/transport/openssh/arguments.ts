import { Failure } from "../../failure.js";
import type { SshSettings } from "../transport.js";

/** A host's settings from the inventory as arguments of `ssh`; ssh_config(5) applies for the rest. */
export function hostArguments(settings: SshSettings): string[] {
  const { address, port, user, identityFiles = [], knownHostsFiles = [] } = settings;
  return [
    ...option("Port", port),
    ...option("User", user),
    // Other keys of an agent would use up the server's MaxAuthTries.
    ...option("IdentitiesOnly", identityFiles.length > 0 ? "yes" : undefined),
    ...identityFiles.flatMap((file) => option("IdentityFile", quotedPath(file))),
    ...(knownHostsFiles.length === 0
      ? []
      : [
          ...option("UserKnownHostsFile", knownHostsFiles.map(quotedPath).join(" ")),
          ...option("GlobalKnownHostsFile", "/dev/null"),
        ]),
    "--",
    address,
  ];
}

/** An option of ssh_config(5) as arguments, which override the configuration files; empty without a value. */
export function option(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : ["-o", `${name}=${String(value)}`];
}

/** A path as a value of ssh_config(5), with characters escaped that ssh expands. */
export function quotedPath(path: string): string {
  if (/["\\\n]|\$\{/.test(path)) {
    throw new Failure(`ssh does not support these characters in a path: ${JSON.stringify(path)}`, {
      hint: "set the file in ~/.ssh/config, or rename it",
    });
  }
  return `"${path.replaceAll("%", "%%")}"`;
}

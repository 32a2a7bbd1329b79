import { Failure } from "../../failure.js";
import type { SshSettings } from "../transport.js";

/** What the inventory says of a host, in words for `ssh`; the rest ssh_config(5) says. */
export function hostArguments(settings: SshSettings): string[] {
  const { address, port, user, identityFiles = [], knownHostsFiles = [] } = settings;
  return [
    ...option("Port", port),
    ...option("User", user),
    // Other keys that an agent holds would only use up the server's MaxAuthTries.
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

/** An option of ssh_config(5) on the command line, where it is before what the files say; none without a value. */
export function option(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : ["-o", `${name}=${String(value)}`];
}

/** A path as a value of ssh_config(5), which would expand some characters. */
export function quotedPath(path: string): string {
  if (/["\\\n]|\$\{/.test(path)) {
    throw new Failure(`ssh cannot be given a path with such characters: ${JSON.stringify(path)}`, {
      hint: "name the file in ~/.ssh/config, or rename it",
    });
  }
  return `"${path.replaceAll("%", "%%")}"`;
}

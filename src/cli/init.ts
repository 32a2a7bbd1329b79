import { resolve } from "node:path";
import { Option, type Command } from "@commander-js/extra-typings";

/** `k8s-ha init`. */
export function addInit(program: Command): void {
  program
    .command("init")
    .description(
      "look at a running master and write an inventory for its cluster; changes nothing on any machine",
    )
    .requiredOption("--from <login>", "the running master, as USER@HOST or USER@HOST:PORT")
    .addOption(
      machines(
        "--join <machine...>",
        "machines that are to become masters: NAME=ADDRESS, an address, or a name",
      ),
    )
    .addOption(
      machines(
        "--lb <machine...>",
        "machines for load balancers, or `external` (default: the masters, or what already serves the endpoint)",
      ),
    )
    .option("--vip <address>", "the VIP, as ADDRESS or ADDRESS:PORT (a terminal proposes a free address)")
    .option(
      "-o, --output <file>",
      "the file to write, which must not exist; - for standard output",
      "inventory.yaml",
    )
    .addOption(
      new Option("--transport <client>", "the SSH client (ssh.transport)").choices([
        "built-in",
        "openssh",
      ] as const),
    )
    .addOption(machines("--identity-file <file...>", "private keys (ssh.identityFiles)"))
    .addOption(machines("--known-hosts-file <file...>", "files with host keys (ssh.knownHostsFiles)"))
    .option(
      "--sudo-password-file <file>",
      "a file whose first line is the password for sudo (ssh.sudoPasswordFile)",
    )
    .action(async (options) => {
      const { requireNew, writeInventory } = await import("./new-file.js");
      await requireNew(options.output);
      const { parseLogin } = await import("../init/choices.js");
      const { asUsage, interview } = await import("./interview.js");
      const text = await asUsage(() => {
        const login = parseLogin(options.from);
        return interview(login, options, {
          ...(options.transport !== undefined && { transport: options.transport }),
          ...(login.port !== undefined && { port: login.port }),
          ...(login.user !== undefined && { user: login.user }),
          ...(options.identityFile !== undefined && { identityFiles: options.identityFile.map(path) }),
          ...(options.knownHostsFile !== undefined && { knownHostsFiles: options.knownHostsFile.map(path) }),
          ...(options.sudoPasswordFile !== undefined && { sudoPasswordFile: path(options.sudoPasswordFile) }),
        });
      });
      await writeInventory(text, options.output);
    });
}

/** An option with one or more values. */
const machines = <Flags extends string>(flags: Flags, description: string) => new Option(flags, description);

/** Absolute, because paths in an inventory are relative to it; the shell has expanded `~` already. */
function path(file: string): string {
  return file.startsWith("~") ? file : resolve(file);
}

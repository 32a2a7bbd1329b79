import { Option, type Command } from "@commander-js/extra-typings";
import { identityFile, knownHostsFile, sshClient, sshOf, sudoPasswordFile } from "./login-options.js";

/** `k8s-ha init`. */
export function addInit(program: Command): void {
  program
    .command("init")
    .description(
      "look at a running master and write an inventory for its cluster; changes nothing on any machine",
    )
    .requiredOption("--from <login>", "the running master, as USER@HOST or USER@HOST:PORT")
    .addOption(
      new Option(
        "--join <machine...>",
        "machines that are to become masters: NAME=ADDRESS, an address, or a name",
      ),
    )
    .addOption(
      new Option(
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
    .addOption(sshClient())
    .addOption(identityFile())
    .addOption(knownHostsFile())
    .addOption(sudoPasswordFile())
    .action(async (options) => {
      const { requireNew, writeInventory } = await import("./new-file.js");
      await requireNew(options.output);
      const { parseLogin } = await import("../init/choices.js");
      const { interview } = await import("./interview.js");
      const { asUsage } = await import("./one-master.js");
      const text = await asUsage(() => {
        const login = parseLogin(options.from);
        return interview(login, options, sshOf(login, options));
      });
      await writeInventory(text, options.output);
    });
}

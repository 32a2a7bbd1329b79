import { Option, type Command } from "@commander-js/extra-typings";
import { identityFile, knownHostsFile, sshClient, sudoPasswordFile } from "./login-options.js";

/** `k8s-ha doctor`. */
export function addDoctor(program: Command): void {
  program
    .command("doctor")
    .description(
      "check the health of a kubeadm control plane, highly available or not; changes nothing on any machine",
    )
    .option("-i, --inventory <file>", "the inventory file: all of its machines that answer are checked")
    .addOption(
      new Option(
        "--from <login>",
        "without an inventory: check only this running master, as USER@HOST or USER@HOST:PORT",
      ).conflicts("inventory"),
    )
    .addOption(sshClient())
    .addOption(identityFile())
    .addOption(knownHostsFile())
    .addOption(sudoPasswordFile())
    .option("--json", "the findings as JSON on standard output")
    .action(async (options, command) => {
      if (options.inventory === undefined && options.from === undefined)
        return command.error(
          "error: one of the options '-i, --inventory <file>' and '--from <login>' is required",
        );
      const { showDoctor } = await import("./show-doctor.js");
      process.exitCode = await showDoctor(options);
    });
}

import { Option, type Command } from "@commander-js/extra-typings";

/** `k8s-ha inventory convert`. */
export function addInventory(program: Command): void {
  program
    .command("inventory")
    .description("convert inventories of other programs")
    .command("convert")
    .description(
      "write an inventory from an Ansible inventory (INI, YAML) or the output of `kubectl get nodes -o yaml`",
    )
    .argument("<file>", "the file to convert")
    .addOption(new Option("--join <machine...>", "more machines that are to become masters: NAME=ADDRESS"))
    .addOption(new Option("--lb <machine...>", "machines for load balancers, or `external`"))
    .option("--vip <address>", "the VIP, as ADDRESS or ADDRESS:PORT (default: what the file says)")
    .option("-o, --output <file>", "the file to write, which must not exist; - for standard output", "-")
    .action(async (file, options) => {
      const { requireNew, writeInventory } = await import("./new-file.js");
      await requireNew(options.output);
      const { asUsage } = await import("./one-master.js");
      const { conversion } = await import("./conversion.js");
      await writeInventory(await asUsage(() => conversion(file, options)), options.output);
    });
}

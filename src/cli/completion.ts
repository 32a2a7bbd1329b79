import { Argument, type Command } from "@commander-js/extra-typings";

const SHELLS = ["bash", "zsh", "fish"] as const;

/** `k8s-ha completion`, and the hidden `k8s-ha complete`, which the printed scripts run. */
export function addCompletion(program: Command): void {
  program
    .command("completion")
    .description("print a completion script for a shell; docs/cli.md says where to put it")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .action(async (shell) => {
      const { script } = await import("@bomb.sh/tab");
      script(shell, program.name(), program.name());
      // The script's own registration completes no names of files.
      if (shell === "bash") process.stdout.write("complete -o default -F __k8s_ha_complete k8s-ha\n");
    });
  program
    .command("complete", { hidden: true })
    .argument("[words...]", "the words after the program's name, of which the last one is completed")
    .action(async (words) => {
      const { completions } = await import("./complete.js");
      const { knownNames } = await import("./known-names.js");
      const { candidates, files } = await completions(program, words, knownNames);
      const lines = candidates.map(({ value, what }) => `${value}\t${what}`);
      // The protocol of the scripts, which is cobra's: the last line is a bit mask, in which 4 means no files.
      process.stdout.write([...lines, `:${files ? 0 : 4}`, ""].join("\n"));
    });
}

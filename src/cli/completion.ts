import { Argument, type Command } from "@commander-js/extra-typings";
import { completionScripts, SHELLS } from "./completion-scripts.js";

/** `k8s-ha completion`, and the hidden `k8s-ha complete`, which the printed scripts run. */
export function addCompletion(program: Command): void {
  program
    .command("completion")
    .description("print a completion script for a shell; docs/cli.md says where to put it")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .action((shell) => {
      process.stdout.write(completionScripts[shell]);
    });
  program
    .command("complete", { hidden: true })
    .argument("<line>", "the command line up to the cursor")
    .action(async (line) => {
      const { completions } = await import("./complete.js");
      const { typedWords } = await import("./typed-words.js");
      const { knownNames } = await import("./known-names.js");
      const { candidates, files } = await completions(program, typedWords(line).slice(1), knownNames);
      const lines = candidates.map(({ value, what }) => `${value}\t${what}`);
      process.stdout.write([...lines, ...(files ? [":files"] : []), ""].join("\n"));
    });
}

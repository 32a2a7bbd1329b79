import { Listr, ListrLogger, type ListrTask, ProcessOutput } from "listr2";

/** One thing to do; `say` shows what it is at. */
export type Step =
  | { readonly title: string; readonly run: (say: (text: string) => void) => Promise<void> }
  | { readonly title: string; readonly parallel: readonly Step[] };

/** Who looks on: a person or a log (stderr), or nobody. */
export type Audience = "stderr" | "nobody";

function asTask(step: Step): ListrTask {
  if ("parallel" in step) {
    return {
      title: step.title,
      task: (_context, task) =>
        task.newListr(step.parallel.map(asTask), {
          concurrent: true,
          rendererOptions: { collapseSubtasks: false },
        }),
    };
  }
  return {
    title: step.title,
    task: async (_context, task) => {
      await step.run((text) => (task.output = text));
    },
  };
}

/** Does the steps one after the other, with a display on stderr: stdout is for results. */
export async function runSteps(steps: readonly Step[], audience: Audience): Promise<void> {
  const tasks = steps.map(asTask);
  if (audience === "nobody") {
    await new Listr(tasks, { renderer: "silent" }).run();
    return;
  }
  const processOutput = new ProcessOutput(process.stderr, process.stderr);
  const rendererOptions = { logger: new ListrLogger({ processOutput }) };
  // A terminal may also have no width at all, which the display cannot use.
  const renderer = process.stderr.isTTY && process.stderr.columns > 40 ? "default" : "verbose";
  await new Listr(tasks, { renderer, rendererOptions, fallbackRenderer: "verbose" }).run();
}

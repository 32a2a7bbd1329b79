import { Listr, ListrLogger, type ListrTask, ProcessOutput } from "listr2";

/** One thing to do; `say` shows what it is at. */
export type Step =
  | { readonly title: string; readonly run: (say: (text: string) => void) => Promise<void> }
  | { readonly title: string; readonly parallel: readonly Step[] };

/** Who looks on: a person or a log (stderr), or nobody. */
export type Audience = "stderr" | "nobody";

/** How often a long step says that it goes on. */
const STILL_MS = 25_000;

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
      const began = Date.now();
      let last = step.title;
      // A build says nothing for minutes; in a log that looks like one that hangs.
      const timer = setInterval(() => {
        task.output = `${last}: ${Math.round((Date.now() - began) / 1000)} s so far`;
      }, STILL_MS);
      try {
        await step.run((text) => (task.output = last = text));
      } finally {
        clearInterval(timer);
      }
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

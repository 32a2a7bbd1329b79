import { stripVTControlCharacters } from "node:util";
import {
  Listr,
  ListrLogger,
  ProcessOutput,
  type ListrDefaultRendererLogLevels,
  type ListrLogLevels,
} from "listr2";
import { kindOf } from "../changes/change.js";
import type { EngineEvent, Listener, StepName } from "../engine/events.js";

interface Task {
  title: string;
  output: string;
}
interface Slot {
  readonly started: Later<Task>;
  readonly finished: Later<null>;
  /** Text added to the step's line when it is done. */
  outcome: string;
}

/** A promise with its resolve and reject functions. */
class Later<T> {
  resolve!: (value: T) => void;
  reject!: (reason: unknown) => void;
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

/** Its lines have no colors unless standard error is a terminal; listr2 looks at standard output. */
class LineLogger extends ListrLogger<ListrLogLevels> {
  override format(...args: Parameters<ListrLogger<ListrLogLevels>["format"]>): string {
    const text = super.format(...args);
    return process.stderr.isTTY ? text : stripVTControlCharacters(text);
  }
}

/** The progress tree: draws the engine's events on standard error. */
export class ProgressTree {
  #slots = new Map<string, Slot>();
  #drawing: Promise<unknown> = Promise.resolve();
  readonly #lines: boolean;

  /** `lines`: one line per event, as without a terminal. */
  constructor({ lines = false } = {}) {
    this.#lines = lines;
  }

  readonly listen: Listener = (event) => {
    switch (event.type) {
      case "run-started":
        this.#begin(event.steps);
        break;
      case "change-started":
      case "undo-started":
      case "note":
        this.#write(event.step, textOf(event));
        break;
      case "step-done":
        this.#finish(event.step, summary(event.changes, event.ms));
        break;
      case "step-failed":
        this.#slots.get(event.step)?.finished.reject(new Error(event.error.message.split("\n", 1)[0]));
        break;
      default:
    }
  };

  /** Ends every open line: a run that fails outside of its steps emits no events for them. */
  abandon(): void {
    for (const { finished } of this.#slots.values()) finished.reject(new Error("not done"));
  }

  /** Resolves when the last line is drawn. */
  async drawn(): Promise<void> {
    await this.#drawing;
  }

  #begin(steps: readonly StepName[]): void {
    for (const { id } of steps) {
      const slot = { started: new Later<Task>(), finished: new Later<null>(), outcome: "" };
      // The CLI reports the failure; here it only colors a line.
      slot.finished.promise.catch(() => undefined);
      this.#slots.set(id, slot);
    }
    const output = { processOutput: new ProcessOutput(process.stderr, process.stderr) };
    const tree = new Listr(
      steps.map(({ id, title }) => ({
        title,
        task: async (_: unknown, task: Task) => {
          const slot = this.#slots.get(id);
          slot?.started.resolve(task);
          await slot?.finished.promise;
          task.title = `${title}  ${slot?.outcome ?? ""}`;
        },
      })),
      {
        registerSignalListeners: false,
        renderer: "default",
        rendererOptions: {
          logger: new ListrLogger<ListrDefaultRendererLogLevels>(output),
          collapseErrors: false,
        },
        fallbackRenderer: "simple",
        fallbackRendererCondition: this.#lines || !process.stderr.isTTY,
        fallbackRendererOptions: { logger: new LineLogger(output) },
      },
    );
    this.#drawing = tree.run().catch(() => undefined);
  }

  #write(step: string, text: string): void {
    void this.#slots.get(step)?.started.promise.then((task) => {
      task.output = text;
    });
  }

  #finish(step: string, outcome: string): void {
    const slot = this.#slots.get(step);
    if (slot === undefined) return;
    slot.outcome = outcome;
    slot.finished.resolve(null);
  }
}

function textOf(event: Extract<EngineEvent, { type: "change-started" | "undo-started" | "note" }>): string {
  if (event.type === "note") return event.text;
  const what = event.type === "undo-started" ? event.what : kindOf(event.change).describe(event.change);
  return `${event.change.host}: ${what}`;
}

function summary(changes: number, ms: number): string {
  const what = changes === 0 ? "verified" : `${changes} ${changes === 1 ? "change" : "changes"}, verified`;
  return `(${what}, ${(ms / 1000).toFixed(1)} s)`;
}

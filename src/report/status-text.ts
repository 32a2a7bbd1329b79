import { kindOf } from "../changes/change.js";
import type { AppliedChange } from "../engine/applied-changes.js";
import type { RunState } from "../engine/run-state.js";
import type { ClusterStatus } from "../engine/status.js";
import { number, paint } from "./plan-text.js";
import { scopeWords } from "./scope-text.js";

/** What `status` shows in addition to the state of the cluster's runs. */
export interface StatusDetails {
  /** How many changes a rollback would undo. */
  readonly undos: number;
  /** The differences between the inputs of the last run and the current ones. */
  readonly changedInputs: readonly string[];
  readonly next: readonly { readonly command: string; readonly what: string }[];
}

/** The state of a cluster's runs as text. */
export function statusText(status: ClusterStatus, { undos, changedInputs, next }: StatusDetails): string {
  const width = Math.max(...next.map(({ command }) => command.length));
  return [
    ...runLines(status),
    ...changedInputs.map((line) => `  changed since: ${line}`),
    ...changeLines(status.applied, undos),
    lockLine(status),
    ...status.unreachable.map(({ host, message }) =>
      paint("yellow", `no answer from ${host ?? "a master"}: ${message}`),
    ),
    ...status.stale.map((name) => `rolled back on another machine, so it does not count: ${name}`),
    `journals: ${status.folder}${status.unreachable.length > 0 ? ", and the copies on the masters that answered" : ", and the copies on the masters"}`,
    paint("bold", "next:"),
    ...next.map(({ command, what }) => `  ${command.padEnd(width)}  ${what}`),
  ].join("\n");
}

function runLines({ run, isRunning }: ClusterStatus): string[] {
  if (run === undefined) return ["last run: none"];
  const { runId, mode, startedAt, by, origin, scope, complete, remaining } = run;
  const from = by === undefined ? "" : ` by ${by}`;
  const limits = scope === undefined ? "" : scopeWords(scope);
  const [first, ...others] = remaining;
  return [
    `last run: ${paint("bold", runId)}, ${mode}${limits === "" ? "" : ` ${limits}`}, started ${startedAt}${from} (k8s-ha ${origin.version})`,
    ...endLines(run, isRunning),
    `  ${complete.length} of ${complete.length + remaining.length} steps complete`,
    ...(first === undefined
      ? []
      : [
          `  to do: ${first.title} [${first.id}]${others.length === 0 ? "" : `, then ${others.map(({ id }) => id).join(", ")}`}`,
        ]),
  ];
}

function endLines({ end }: RunState, isRunning: boolean | undefined): string[] {
  const step = "step" in end ? ` in step ${end.step}` : "";
  switch (end.how) {
    case "done":
      return [`  ${paint("green", "done")} ${end.at}`];
    case "rolled-back":
      return [`  ${paint("green", "rolled back")} ${end.at}`];
    case "unknown":
      if (isRunning === true) return [`  ${paint("bold", "running")}${step}; last record ${end.at}`];
      return [
        isRunning === false
          ? `  ${paint("red", "interrupted")}${step}: it ended without a record; last record ${end.at}`
          : `  ${paint("yellow", "running or interrupted")}${step}: the lock cannot be read; last record ${end.at}`,
      ];
    case "stopped":
    case "failed": {
      const { error } = end;
      const head = end.how === "failed" ? paint("red", "failed") : paint("yellow", "stopped");
      const host = error?.host === undefined ? "" : `${error.host}: `;
      return [
        `  ${head}${step} ${end.at}${error === undefined ? "" : `: ${host}${error.message}`}`,
        ...(error?.hint === undefined ? [] : [`    hint: ${error.hint}`]),
      ];
    }
  }
}

/** Applied changes; one that a resumed run made again counts once. */
export function distinct(applied: readonly AppliedChange[]): AppliedChange[] {
  return [...new Map(applied.map((one) => [JSON.stringify(one.change), one])).values()];
}

/** The changes in place, by step. */
function changeLines(applied: readonly AppliedChange[], undos: number): string[] {
  const all = distinct(applied);
  if (all.length === 0) return ["changes in place: none"];
  const steps = [...new Set(all.map(({ step }) => step))];
  const hosts = new Set(all.map(({ change }) => change.host)).size;
  return [
    `changes in place: ${all.length} on ${number(hosts, "host")}; a rollback undoes ${undos}`,
    ...steps.flatMap((id) => {
      const own = all.filter(({ step }) => step === id).map(({ change }) => change);
      return [`  ${id}`, ...own.map((one) => paint("dim", `    ${one.host}: ${kindOf(one).describe(one)}`))];
    }),
  ];
}

function lockLine({ lock }: ClusterStatus): string {
  switch (lock.state) {
    case "free":
      return "lock: free";
    case "held":
      return `lock: ${paint("yellow", "held")} by ${lock.holder}`;
    case "unknown":
      return "lock: unknown, because the first master does not answer";
  }
}

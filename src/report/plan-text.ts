import { styleText } from "node:util";
import { kindOf, type Change } from "../changes/change.js";
import type { Interruption } from "../changes/kind.js";
import { markOf } from "../changes/change.js";
import type { Mark } from "../changes/kind.js";
import type { Writing } from "../engine/migration.js";
import type { Plan, PlannedStep } from "../engine/plan.js";
import { countsOf, interruptionsOf, pointOfNoReturn, problemsOf } from "../engine/plan-summary.js";
import type { Problem } from "../steps/step.js";
import { probeLines } from "./probe-text.js";

type Style = Parameters<typeof styleText>[0];

/** Styles text if standard output is a terminal and NO_COLOR is not set. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

const NO_RETURN = "rolling back from here on removes etcd members";

/** A plan as text: changes by host with diffs, interruptions, and the point of no return. */
export function planText(plan: Plan, writing: Writing): string {
  const noReturn = pointOfNoReturn(plan);
  const isRun = countsOf(plan).changes > 0;
  const shown = plan.steps.filter(
    ({ changes, already, leftOut = [], holds = false }) =>
      changes.length + already.length + leftOut.length > 0 || (holds && isRun),
  );
  const steps = shown.flatMap((step, index) => {
    if (step.changes.length === 0) return alreadyLine(step, shown[index + 1]);
    return [
      paint("bold", `${step.title}  [${step.id}]`),
      paint("dim", `  ${step.why}`),
      ...step.changes.flatMap((change) => [
        ...(change === noReturn?.change ? [paint("yellow", `  -- point of no return: ${NO_RETURN} --`)] : []),
        ...changeLines(change),
      ]),
      ...(step.already.length === 0 ? [] : [paint("dim", `  = ${step.already.join(", ")}: unchanged`)]),
      ...leftOutLine(step),
      "",
    ];
  });
  return [
    ...steps,
    ...problemsOf(plan, "warning").map((p) => problemText(p)),
    ...problemsOf(plan, "blocker").map((p) => problemText(p)),
    ...interruptionLines(plan),
    ...(noReturn === undefined
      ? []
      : [`point of no return: ${noReturn.change.host} in ${noReturn.step}; ${NO_RETURN}`]),
    ...probeLines(countsOf(plan).changes, writing),
    countsLine(plan),
  ].join("\n");
}

function leftOutLine({ leftOut = [] }: PlannedStep): string[] {
  return leftOut.length === 0 ? [] : [paint("yellow", `  ! ${leftOut.join(", ")}: skipped by --limit`)];
}

/** One line for a step without changes or one that pauses the run; consecutive ones are not separated by blank lines. */
function alreadyLine(step: PlannedStep, next: PlannedStep | undefined): string[] {
  const { title, id, already, holds } = step;
  const line = holds
    ? `… ${title}  [${id}]`
    : already.length === 0
      ? paint("dim", `${title}  [${id}]`)
      : paint("dim", `= ${title}  [${id}]  ${already.join(", ")}: unchanged`);
  const lines = [line, ...leftOutLine(step)];
  return next?.changes.length === 0 ? lines : [...lines, ""];
}

function interruptionLines(plan: Plan): string[] {
  const lines = interruptionsOf(plan).map(
    ({ step, hosts, what, seconds }) => `  ${step} on ${hosts.join(", ")}: ${what}; about ${seconds} s each`,
  );
  return lines.length === 0 ? [] : ["interrupts:", ...lines];
}

function countsLine(plan: Plan): string {
  const { changes, hosts, already, blocked } = countsOf(plan);
  const what = changes === 0 ? "no changes" : `${number(changes, "change")} on ${number(hosts, "host")}`;
  return `Plan: ${what}, ${already} unchanged, ${number(blocked, "blocker")}`;
}

/** A problem with its hint. */
export function problemText({ severity, host, what, fix }: Problem): string {
  const head = severity === "blocker" ? paint("red", "blocker") : paint("yellow", "warning");
  return `${head}: ${host === undefined ? "" : `${host}: `}${what}\n    hint: ${fix}`;
}

function changeLines(change: Change): string[] {
  const kind = kindOf(change);
  const interrupts = kind.interrupts?.(change);
  const diff = kind.diff?.(change) ?? "";
  return [
    `  ${painted(markOf(change))} ${change.host}: ${kind.describe(change)}`,
    ...(interrupts === undefined ? [] : [paint("dim", `    interrupts ${interruptionText(interrupts)}`)]),
    ...diff
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => `    ${colouredDiffLine(line)}`),
  ];
}

function interruptionText({ what, seconds }: Interruption): string {
  return seconds === 0 ? what : `${what}; about ${seconds} s`;
}

function painted(mark: Mark): string {
  return paint(({ "+": "green", "~": "yellow", "-": "red" } as const)[mark], mark);
}

function colouredDiffLine(line: string): string {
  if (line.startsWith("+")) return paint("green", line);
  if (line.startsWith("-")) return paint("red", line);
  if (line.startsWith("@@")) return paint("dim", line);
  return line;
}

/** A count with its noun. */
export function number(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

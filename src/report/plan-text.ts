import { styleText } from "node:util";
import { kindOf, type Change } from "../changes/change.js";
import { countChanges, problemsOf, type Plan } from "../engine/plan.js";
import type { Problem } from "../steps/step.js";

type Style = Parameters<typeof styleText>[0];

/** Whether text for this stream is coloured: a terminal, and no NO_COLOR. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** A plan for people: what changes on which host, with diffs, and what it interrupts. */
export function planText(plan: Plan): string {
  const lines: string[] = [];
  for (const step of plan.steps) {
    if (step.changes.length === 0) continue;
    lines.push(paint("bold", `${step.title}  [${step.id}]`), paint("dim", `  ${step.why}`));
    for (const change of step.changes) lines.push(...changeLines(change));
    lines.push("");
  }
  lines.push(...problemsOf(plan, "warning").map((p) => problemText(p)));
  lines.push(...problemsOf(plan, "blocker").map((p) => problemText(p)));
  lines.push(counts(plan));
  return lines.join("\n");
}

/** One line of counts. */
function counts(plan: Plan): string {
  const total = countChanges(plan);
  const hosts = new Set(plan.steps.flatMap((step) => step.changes.map(({ host }) => host))).size;
  const already = plan.steps.filter(({ changes, problems }) => changes.length + problems.length === 0).length;
  const blockers = problemsOf(plan, "blocker").length;
  const what = total === 0 ? "nothing to change" : `${number(total, "change")} on ${number(hosts, "host")}`;
  return `${what}, ${already} of ${plan.steps.length} steps already true, ${blockers} blocked`;
}

/** A problem with what a person can do about it. */
function problemText({ severity, host, what, fix }: Problem): string {
  const head = severity === "blocker" ? paint("red", "blocked") : paint("yellow", "warning");
  return `${head}: ${host === undefined ? "" : `${host}: `}${what}\n    → ${fix}`;
}

function changeLines(change: Change): string[] {
  const kind = kindOf(change);
  const interrupts = kind.interrupts?.(change);
  const diff = kind.diff?.(change) ?? "";
  return [
    `  ${change.host}: ${kind.describe(change)}`,
    ...(interrupts === undefined ? [] : [paint("dim", `    interrupts ${interrupts}`)]),
    ...diff
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => `    ${colouredDiffLine(line)}`),
  ];
}

function colouredDiffLine(line: string): string {
  if (line.startsWith("+")) return paint("green", line);
  if (line.startsWith("-")) return paint("red", line);
  if (line.startsWith("@@")) return paint("dim", line);
  return line;
}

function number(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

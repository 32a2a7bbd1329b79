import type { UndoPlan } from "../engine/planned-undo.js";
import { countUndos } from "../engine/undo-plan.js";
import { paint, problemText } from "./plan-text.js";

/** A rollback plan as text: changes to undo in order, by step and host, then those that are not undone, with the reason. */
export function undoText(plan: UndoPlan): string {
  const lines: string[] = [];
  for (const { id, title, undos } of plan.steps) {
    lines.push(paint("bold", `${title}  [${id}]`));
    for (const { host, what, interrupts } of undos) {
      lines.push(`  ${host}: ${what}`);
      if (interrupts !== undefined) lines.push(paint("dim", `    interrupts ${interrupts}`));
    }
    lines.push("");
  }
  if (plan.stays.length > 0) {
    lines.push(paint("bold", "Not undone"));
    lines.push(...plan.stays.map(({ host, what, why }) => paint("dim", `  ${host}: ${what}: ${why}`)), "");
  }
  lines.push(...[...(plan.lostHosts ?? []), ...plan.problems].map((problem) => problemText(problem)));
  const hosts = new Set(plan.steps.flatMap(({ undos }) => undos.map(({ host }) => host))).size;
  const blocked = plan.problems.filter(({ severity }) => severity === "blocker").length;
  lines.push(`${countUndos(plan)} changes to undo on ${hosts} hosts, ${blocked} blockers`);
  return lines.join("\n");
}

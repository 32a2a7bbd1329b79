import { kindOf, type Change } from "../changes/change.js";
import { OPERATOR, type ReadOnlyFleet } from "../machine/fleet.js";
import { members } from "../inventory/targets.js";
import type { Problem } from "../steps/step.js";
import type { AppliedChange } from "./applied-changes.js";
import type { Migration } from "./migration.js";
import type { PlannedUndo, UndoPlan, Undoing } from "./planned-undo.js";
import { inReverse, undoOf } from "./undo-order.js";

/**
 * Plans a rollback; what was changed on lost hosts stays. A change made outside k8s-ha since then is a blocker, or with `force` a warning.
 */
export async function planRollback(
  appliedChanges: readonly AppliedChange[],
  fleet: ReadOnlyFleet,
  migration: Migration,
  force: boolean,
): Promise<UndoPlan> {
  const known = new Set([OPERATOR, ...members(fleet.inventory).map(({ name }) => name)]);
  const gone = [...new Set(appliedChanges.map(({ change }) => change.host))].filter(
    (host) => !known.has(host),
  );
  if (gone.length > 0) return { steps: [], stays: [], problems: gone.map(notInInventory) };
  const isLost = ({ change }: { readonly change: Change }): boolean => fleet.lost.has(change.host);
  const all = inReverse(appliedChanges);
  const kept = all.flatMap((group) => group.undoings.filter(isLost));
  const groups = all
    .map((group) => ({ ...group, undoings: group.undoings.filter((undoing) => !isLost(undoing)) }))
    .filter(({ undoings }) => undoings.length > 0);
  const undoings = groups.flatMap((group) => group.undoings);
  const [drifts, problems] = await Promise.all([
    Promise.all(undoings.map((undoing) => driftOf(undoing, fleet, force))),
    migration.undoProblems(undoings, fleet, force),
  ]);
  return {
    steps: groups.map(({ step, undoings: own }, index) => {
      const found = migration.steps.find(({ id }) => id === step);
      const again = groups.slice(0, index).filter((group) => group.step === step).length;
      return {
        id: again === 0 ? step : `${step} (${again + 1})`,
        title: `Undo: ${found?.title ?? step}`,
        atATime: found?.rollout === "together" ? Infinity : 1,
        undos: own.map((undoing) => inWords(undoing)),
      };
    }),
    stays: [...whatStays(appliedChanges.filter((applied) => !isLost(applied))), ...kept.map(keptOnLostHost)],
    problems: [...drifts.flat(), ...problems],
    ...(kept.length > 0 && { lostHosts: [...fleet.lost].flatMap((host) => pendingOn(host, kept)) }),
  };
}

function inWords({ change, before }: Undoing): PlannedUndo {
  const undo = undoOf(change);
  const interrupts = undo?.interrupts?.(change, before);
  return {
    change,
    before,
    host: change.host,
    what: undo?.describe(change, before) ?? "",
    ...(interrupts !== undefined && { interrupts }),
  };
}

function keptOnLostHost({ change }: Undoing): UndoPlan["stays"][number] {
  return {
    host: change.host,
    what: kindOf(change).describe(change),
    why: "the host is skipped; the next rollback undoes it",
  };
}

/** The warning for a lost host with changes that a rollback does not undo. */
function pendingOn(host: string, kept: readonly Undoing[]): Problem[] {
  const own = kept.filter(({ change }) => change.host === host);
  if (own.length === 0) return [];
  const changes = own.map(({ change }) => kindOf(change).describe(change)).join("; ");
  return [
    {
      severity: "warning",
      host,
      what: `skipped (--skip-host): ${own.length === 1 ? "1 change stays" : `${own.length} changes stay`} applied there: ${changes}`,
      fix: "when it is back, run k8s-ha rollback without --skip-host: it undoes them; until then the journal stays open",
    },
  ];
}

/** The number of changes that a rollback undoes. */
export function countUndos(plan: UndoPlan): number {
  return plan.steps.reduce((sum, { undos }) => sum + undos.length, 0);
}

function whatStays(appliedChanges: readonly AppliedChange[]): UndoPlan["stays"] {
  const all = appliedChanges.flatMap(({ change, before }) => {
    const kind = kindOf(change);
    const why =
      "stays" in kind.undo
        ? kind.undo.stays(change)
        : before === undefined
          ? "the run that made it did not record the previous state"
          : undefined;
    return why === undefined ? [] : [{ host: change.host, what: kind.describe(change), why }];
  });
  return [...new Map(all.map((one) => [`${one.host}\0${one.what}\0${one.why}`, one])).values()];
}

async function driftOf(
  { change, before }: Undoing,
  fleet: ReadOnlyFleet,
  force: boolean,
): Promise<Problem[]> {
  const drift = await undoOf(change)?.drift?.(change, before, fleet.host(change.host));
  if (drift === undefined) return [];
  return [
    {
      severity: force ? "warning" : "blocker",
      host: change.host,
      what: drift,
      fix: force
        ? "--force is set: the rollback continues"
        : "find out what changed it and why; to roll back anyway, pass --force",
    },
  ];
}

function notInInventory(host: string): Problem {
  return {
    severity: "blocker",
    host,
    what: `k8s-ha made changes on ${host}, which is no longer in the inventory`,
    fix: `add ${host} to the inventory again: partial rollbacks are not supported`,
  };
}

import { inReverse } from "../engine/undo-order.js";
import type { ClusterStatus } from "../engine/status.js";
import { quote } from "../shell/shell.js";

/** A command to type next, and what it does. */
export interface NextCommand {
  readonly command: string;
  readonly what: string;
}

/** The operator's files as they are on the command line, and whether they changed since the last run. */
export interface Typed {
  readonly inventory: string;
  readonly playbook?: string | undefined;
  readonly changed: boolean;
}

/** How many changes a rollback would undo. */
export function undosOf({ applied }: Pick<ClusterStatus, "applied">): number {
  return inReverse(applied).reduce((sum, { undoings }) => sum + undoings.length, 0);
}

/** How the operator can go on, and back. */
export function nextCommands(status: ClusterStatus, typed: Typed): NextCommand[] {
  const { run, isRunning, lock } = status;
  const line = (command: string, ...options: string[]): string =>
    ["k8s-ha", command, "-i", quote(typed.inventory), ...options].join(" ");
  const playbook = typed.playbook === undefined ? [] : ["--playbook", quote(typed.playbook)];
  const undos = undosOf(status);
  const back: NextCommand[] =
    undos === 0 ? [] : [{ command: line("rollback"), what: `undo the ${undos} changes of all runs` }];
  if (isRunning === true || lock.state === "held") {
    return [{ command: line("status"), what: "look again: wait until the run that has the lock ends" }];
  }
  if (run === undefined || run.end.how === "rolled-back") {
    return [
      { command: line("plan", ...playbook), what: "show what migrate would change" },
      { command: line("migrate", ...playbook), what: "start a migration" },
      ...back,
    ];
  }
  if (run.end.how === "done") {
    return [{ command: line("verify", ...playbook), what: "check that everything still holds" }, ...back];
  }
  if (run.mode === "rollback") {
    return [
      { command: line("rollback"), what: `continue the rollback: ${undos} changes to undo` },
      { command: line("migrate", ...playbook), what: "or migrate again from the current state" },
    ];
  }
  const [first] = run.remaining;
  const accepting = typed.changed ? ["--accept-changes"] : [];
  return [
    {
      command: line("migrate", ...playbook, "--resume", ...accepting),
      what: first === undefined ? "continue" : `continue with the step ${first.id}`,
    },
    ...back,
  ];
}

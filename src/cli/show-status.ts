import { changedSince } from "../engine/origin.js";
import { clusterStatus, type ClusterStatus } from "../engine/status.js";
import { loadInventory } from "../inventory/load.js";
import { kubeadmMigration } from "../migration/kubeadm-migration.js";
import { statusData } from "../report/status-data.js";
import { statusText, type StatusDetails } from "../report/status-text.js";
import { EXIT } from "./exit-codes.js";
import { transport } from "./logins.js";
import { nextCommands, undosOf } from "./next-commands.js";
import { readFiles } from "./session.js";

/** Options of `status`. */
interface StatusOptions {
  readonly inventory: string;
  readonly playbook?: string;
  readonly json?: true;
  readonly detailedExitcode?: true;
}

/**
 * Prints where the runs of a cluster stand; returns the exit code.
 * @throws InvalidFile, Unreachable
 */
export async function showStatus(options: StatusOptions): Promise<number> {
  const { inventory } = await loadInventory(options.inventory);
  const { origin } = await readFiles({ inventory: Promise.resolve(inventory) }, options.playbook);
  const status = await clusterStatus(inventory, transport(inventory), kubeadmMigration);
  const { run } = status;
  const former = run?.mode === "migrate" && run.end.how !== "done" ? run.origin : undefined;
  const changedInputs = former === undefined ? [] : changedSince(former, origin);
  // Another version of k8s-ha needs no --accept-changes.
  const changed = changedInputs.length > (former?.version === origin.version ? 0 : 1);
  const { inventory: path, playbook } = options;
  const details: StatusDetails = {
    undos: undosOf(status),
    changedInputs,
    next: nextCommands(status, { inventory: path, playbook, changed }),
  };
  process.stdout.write(
    `${options.json ? JSON.stringify(statusData(status, details)) : statusText(status, details)}\n`,
  );
  return options.detailedExitcode ? detailedCode(status) : EXIT.done;
}

function detailedCode({ run, lock }: ClusterStatus): number {
  if (lock.state === "held") return EXIT.locked;
  const isComplete = run === undefined || run.end.how === "done" || run.end.how === "rolled-back";
  return isComplete ? EXIT.done : EXIT.changesPending;
}

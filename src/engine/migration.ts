import type { Change } from "../changes/change.js";
import { Failure } from "../failure.js";
import type { Fleet, ReadOnlyFleet } from "../machine/fleet.js";
import type { ReadOnlyHost } from "../machine/host.js";
import type { Check, Problem, Step } from "../steps/step.js";
import type { AvailabilityProbe } from "./availability.js";
import type { Baseline } from "./baseline.js";
import type { ClusterId } from "./cluster-id.js";
import type { Undoing } from "./planned-undo.js";

/** The cluster is not ready, so almost nothing can be planned. */
export class NotReady extends Failure {}

/** What a run may create in the cluster to measure and to verify it; all of it is removed. */
export interface Writing {
  /** An object that is written again and again. */
  readonly objects: boolean;
  /** A pod. */
  readonly pod: boolean;
}

/** What the engine needs to know of the cluster that it migrates: the engine itself knows only hosts, steps and changes. */
export interface Migration {
  /** All built-in steps: a rollback names the step of a change, and undoes together what was made together. */
  readonly steps: readonly Step[];
  /** The id of the step that can make a cluster ready again: while it is not ready, only this step is planned. */
  readonly repairStep: string;
  /**
   * Starts to measure the API's availability: during a migration through the addresses before and after it, during a
   * rollback through the address that remains. With `writes`, also of writes.
   */
  probeAvailability(
    fleet: Fleet,
    options: { readonly during: "migrate" | "rollback"; readonly writes: boolean },
  ): Promise<AvailabilityProbe>;
  /**
   * Returns if a plan can be made. Its first queries start in the turn of the call, so that they are batched with others.
   * @throws NotReady
   */
  requireReady(look: ReadOnlyFleet): Promise<void>;
  /**
   * Problems that the cluster would have if these changes were undone; with `force`, what cannot be checked is a warning
   * instead of a blocker.
   */
  undoProblems(undoings: readonly Undoing[], look: ReadOnlyFleet, force: boolean): Promise<Problem[]>;
  /** Identifies the cluster of a host, by default of the first one, also while its API is unavailable. */
  clusterId(look: ReadOnlyFleet, host?: ReadOnlyHost): Promise<ClusterId>;
  /** Reads what the cluster has before a run. */
  baseline(look: ReadOnlyFleet): Promise<Baseline>;
  /** Whether the cluster works, beyond the checks of single steps; with a baseline, also whether it still has all of it. */
  healthChecks(look: ReadOnlyFleet, before?: Baseline): Promise<Check[]>;
  /** Checks that need to write: objects are created, used and removed. They run after all others have passed. */
  writingChecks(fleet: Fleet, writing: Writing, runId: string): Promise<Check[]>;
  /**
   * The last step of a rollback: verifies the cluster that remains after these changes were undone. What was not ready
   * before the first run need not be ready.
   */
  verificationAfterUndo(undone: readonly Change[], before?: Baseline): Step;
  /** For each lost host a warning: what a migration leaves undone there, with which consequence, and what to do later. */
  lostHosts(fleet: Pick<ReadOnlyFleet, "inventory" | "lost">): readonly Problem[];
}

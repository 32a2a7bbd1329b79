import { Failure } from "../failure.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";

/** The cluster is not ready, so almost nothing can be planned. */
export class NotReady extends Failure {}

/** What the engine is told about the cluster that it migrates: the engine itself knows only hosts, steps and changes. */
export interface Migration {
  /** The id of the step that can make a cluster ready again: while it is not ready, this step alone is planned. */
  readonly repairStep: string;
  /**
   * Returns if a plan can be made. Its first queries start in the turn of the call, so that they are batched with others.
   * @throws NotReady
   */
  requireReady(look: ReadOnlyFleet): Promise<void>;
}

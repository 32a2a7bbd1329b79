import type { Change } from "../changes/change.js";
import type { Check } from "../steps/step.js";
import type { ClusterId } from "./cluster-id.js";
import type { Baseline } from "./baseline.js";
import type { Origin } from "./origin.js";
import type { Scope } from "./scope.js";
import type { Plan } from "./plan.js";
import type { UndoPlan } from "./planned-undo.js";
import type { RunReport } from "./report.js";

/** An event of the engine. The engine prints nothing: progress tree, NDJSON and journal are listeners. */
export type EngineEvent =
  | { readonly type: "planned"; readonly plan: Plan }
  | { readonly type: "rollback-planned"; readonly plan: UndoPlan }
  | {
      readonly type: "run-started";
      readonly runId: string;
      readonly mode: "migrate" | "rollback";
      /** Who started it, as `USER@MACHINE`. */
      readonly by?: string;
      readonly origin: Origin;
      readonly cluster: ClusterId;
      /** The part of the playbook that a migration applies; absent for a rollback. */
      readonly scope?: Scope;
      /** The names of the lost hosts; absent if there is none. */
      readonly skipHosts?: readonly string[];
      readonly steps: readonly StepName[];
    }
  /** What the cluster had before the first change. */
  | { readonly type: "baseline"; readonly baseline: Baseline }
  | { readonly type: "step-started"; readonly step: string }
  | {
      readonly type: "change-started";
      readonly step: string;
      readonly change: Change;
      /** The state that its kind's `undo` restores; absent for a change that cannot be undone. */
      readonly before?: unknown;
    }
  | { readonly type: "note"; readonly step: string; readonly text: string }
  | { readonly type: "change-done"; readonly step: string; readonly change: Change; readonly ms: number }
  | { readonly type: "undo-started"; readonly step: string; readonly change: Change; readonly what: string }
  | { readonly type: "undo-done"; readonly step: string; readonly change: Change; readonly ms: number }
  /** A complete rollback; one that left changes on lost hosts ends with `run-done`. */
  | { readonly type: "rolled-back"; readonly report: RunReport }
  | { readonly type: "checks"; readonly step: string; readonly checks: readonly Check[] }
  | { readonly type: "step-done"; readonly step: string; readonly changes: number; readonly ms: number }
  | { readonly type: "step-failed"; readonly step: string; readonly error: Error }
  | { readonly type: "run-done"; readonly report: RunReport };

/** Id and title of a step, for listeners. */
export interface StepName {
  readonly id: string;
  readonly title: string;
}

/** Receives the engine's events, in order. */
export type Listener = (event: EngineEvent) => void;

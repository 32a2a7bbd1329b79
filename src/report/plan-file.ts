import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import * as z from "zod";
import type { Change } from "../changes/change.js";
import { parseChecked } from "../config-source/parse-checked.js";
import { readText } from "../config-source/read-text.js";
import type { Origin } from "../engine/origin.js";
import type { Plan } from "../engine/plan.js";
import type { Scope } from "../engine/scope.js";
import { Failure } from "../failure.js";
import { planData } from "./plan-data.js";

/** A plan with its inputs, to be applied exactly later. */
export interface SavedPlan {
  /** Absolute paths on the machine where it was created. */
  readonly files: { readonly inventory: string; readonly playbook?: string | undefined };
  readonly origin: Origin;
  readonly scope: Scope;
  /** The hosts that were skipped (`--skip-host`); absent in plans of former versions. */
  readonly skipHosts?: readonly string[] | undefined;
  readonly plan: Plan;
}

/** Incremented when older plan files can no longer be applied. */
const SCHEMA_VERSION = 1;

const digested = z.object({ sha256: z.string(), content: z.unknown() });
const shape = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION),
  files: z.object({ inventory: z.string(), playbook: z.string().optional() }),
  origin: z.object({ version: z.string(), inventory: digested, playbook: digested }),
  scope: z.object({
    from: z.string().optional(),
    until: z.string().optional(),
    limit: z.array(z.string()),
  }),
  skipHosts: z.array(z.string()).optional(),
  steps: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      why: z.string(),
      changes: z.array(z.object({ change: z.looseObject({ kind: z.string(), host: z.string() }) })),
      already: z.array(z.string()),
    }),
  ),
});

/**
 * Saves a plan atomically with mode 0600: it contains no secrets, but describes the cluster.
 * @throws Failure if it cannot be written.
 */
export function savePlan(path: string, { files, origin, scope, skipHosts, plan }: SavedPlan): void {
  const text = JSON.stringify(
    { schemaVersion: SCHEMA_VERSION, files, origin, scope, skipHosts, ...planData(plan) },
    null,
    2,
  );
  const part = `${path}.${process.pid}.part`;
  try {
    const file = openSync(part, "wx", 0o600);
    try {
      writeFileSync(file, `${text}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(`cannot save the plan to ${path}: ${why}`, { cause: error });
  }
}

/**
 * Reads a saved plan. Its changes are only compared with a new plan, never applied directly.
 * @throws InvalidFile if it cannot be read or is not a plan
 */
export async function readPlan(path: string): Promise<SavedPlan> {
  const hint = "create one: k8s-ha plan -i FILE --out PLAN";
  const { files, origin, scope, skipHosts, steps } = parseChecked(await readText(path), path, shape, hint);
  return {
    files,
    origin: origin as Origin,
    scope,
    skipHosts,
    plan: {
      steps: steps.map((step) => ({
        ...step,
        changes: step.changes.map(({ change }) => change as unknown as Change),
        problems: [],
      })),
    },
  };
}

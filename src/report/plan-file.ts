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

/** A plan with what it was made from, so that exactly it can be run later. */
export interface SavedPlan {
  /** Absolute paths, on the machine where it was made. */
  readonly files: { readonly inventory: string; readonly playbook?: string | undefined };
  readonly origin: Origin;
  readonly scope: Scope;
  readonly plan: Plan;
}

/** Raised when a plan file of an older version can no longer be run. */
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
 * Saves a plan, 0600: a whole file or none. There is no secret in it, but who reads it knows the cluster.
 * @throws Failure when it cannot be written.
 */
export function savePlan(path: string, { files, origin, scope, plan }: SavedPlan): void {
  const text = JSON.stringify(
    { schemaVersion: SCHEMA_VERSION, files, origin, scope, ...planData(plan) },
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
 * Reads a saved plan. Its changes are only ever compared with what is planned anew, never made as they stand there.
 * @throws InvalidFile when it cannot be read or is no plan
 */
export async function readPlan(path: string): Promise<SavedPlan> {
  const hint = "make one: k8s-ha plan -i FILE --out PLAN";
  const { files, origin, scope, steps } = parseChecked(await readText(path), path, shape, hint);
  return {
    files,
    origin: origin as Origin,
    scope,
    plan: {
      steps: steps.map((step) => ({
        ...step,
        changes: step.changes.map(({ change }) => change as unknown as Change),
        problems: [],
      })),
    },
  };
}

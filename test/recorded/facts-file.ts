import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { Schema } from "./schema.js";

const folder = new URL(".", import.meta.url);
const schemaFile = new URL("schema.json", folder);

/** The versions of Kubernetes whose facts are recorded: the oldest, both ends of what is tried, etcd 3.5 and the newest. */
export const VERSIONS = ["1.20.2", "1.30.14", "1.33.13", "1.37.2"] as const;

/** What is recorded of each version; see {@link FactsState}. */
export const STATES = ["fresh", "migrated", "endpoint"] as const;
/**
 * `fresh`: the single-master cluster; `migrated`: the same hosts after a migration with the defaults; `endpoint`: after one
 * by which the apiservers announce the endpoint and all kubeconfigs name it.
 */
export type FactsState = (typeof STATES)[number];

/** Whether facts of this state are recorded. */
export function isState(text: string): text is FactsState {
  return STATES.some((state) => state === text);
}

function fileOf(version: string, state: FactsState, step: string): URL {
  return new URL(`${version}/${state}/${step}.json`, folder);
}

/** Removes what was recorded of a version. */
export function clearFacts(version: string): void {
  rmSync(new URL(version, folder), { recursive: true, force: true });
}

/** Facts as JSON; Maps become `{"$map": [[key, value], …]}`. */
export function factsToJson(facts: unknown): string {
  const asJson = (_: string, value: unknown) => (value instanceof Map ? { $map: [...value] } : value);
  return JSON.stringify(facts, asJson, 2);
}

/** What {@link factsToJson} made JSON of. */
export function factsFromJson(text: string): unknown {
  return JSON.parse(text, (_, value: unknown) => {
    const entries = (value as { $map?: [unknown, unknown][] } | null)?.$map;
    return entries === undefined ? value : new Map(entries);
  }) as unknown;
}

/** Writes a step's facts. */
export function writeFacts(version: string, state: FactsState, step: string, facts: unknown): void {
  const file = fileOf(version, state, step);
  mkdirSync(new URL(".", file), { recursive: true });
  writeFileSync(file, `${factsToJson(facts)}\n`);
}

/** Writes the schema of all steps' facts. */
export function writeSchema(schema: Schema): void {
  writeFileSync(schemaFile, `${JSON.stringify(schema, undefined, 2)}\n`);
}

/** The schema that was written, with the facts of each step below `properties`. */
export function readSchema(): Schema & { readonly properties: Readonly<Record<string, Schema>> } {
  return JSON.parse(readFileSync(schemaFile, "utf8")) as ReturnType<typeof readSchema>;
}

const checkers = new Map<string, z.ZodType>();

/** A step's name in `src/steps/all.ts`: its id in camel case. */
function checkerOf(step: string): z.ZodType {
  const known = checkers.get(step);
  if (known !== undefined) return known;
  const { properties, $defs } = readSchema();
  const schema = properties[step.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())];
  if (schema === undefined) throw new Error(`the schema of recorded facts has no step ${step}`);
  const made = z.fromJSONSchema({ ...schema, $defs } as Parameters<typeof z.fromJSONSchema>[0]);
  checkers.set(step, made);
  return made;
}

/**
 * Reads what {@link writeFacts} wrote.
 * @throws where it is not what the step's facts are today: `npm run record` records it anew
 */
export function readFacts(version: string, state: FactsState, step: string): unknown {
  const file = fileOf(version, state, step);
  const text = readFileSync(file, "utf8");
  const { error } = checkerOf(step).safeParse(JSON.parse(text));
  if (error) {
    throw new Error(`${file.pathname} is not what the step looks for today; record it anew: ${error.message}`);
  }
  return factsFromJson(text);
}

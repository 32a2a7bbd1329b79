import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { z } from "zod";

/** The subset of JSON Schema that facts need. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

const folder = new URL(".", import.meta.url);
const schemaFile = new URL("schema.json", folder);

/**
 * The versions of Kubernetes whose facts are recorded: the oldest, both ends of the tested range, etcd 3.5 and the
 * newest.
 */
export const VERSIONS = ["1.20.2", "1.30.14", "1.33.13", "1.37.2"] as const;

/** The recorded states of each version; see {@link FactsState}. */
export const STATES = ["fresh", "migrated", "endpoint"] as const;
/**
 * `fresh`: the single-master cluster; `migrated`: the same hosts after a migration with the defaults; `endpoint`: after
 * a migration whose apiservers advertise the endpoint and whose kubeconfigs all name it.
 */
export type FactsState = (typeof STATES)[number];

/** Whether facts of this state are recorded. */
export function isState(text: string): text is FactsState {
  return STATES.some((state) => state === text);
}

function fileOf(version: string, state: FactsState, step: string): URL {
  return new URL(`${version}/${state}/${step}.json`, folder);
}

/** Whether a step is recorded, by its id or by its name in `src/steps/all.ts`. */
export function isRecorded(step: string): boolean {
  const id = step.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return existsSync(fileOf(VERSIONS[0], "fresh", id));
}

/** Removes the recorded facts of a version. */
export function clearFacts(version: string): void {
  rmSync(new URL(version, folder), { recursive: true, force: true });
}

/** Facts as JSON; Maps become `{"$map": [[key, value], …]}`. */
export function factsToJson(facts: unknown): string {
  const asJson = (_: string, value: unknown) => (value instanceof Map ? { $map: [...value] } : value);
  return JSON.stringify(facts, asJson, 2);
}

/** The inverse of {@link factsToJson}. */
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
export function writeSchema(schema: object): void {
  writeFileSync(schemaFile, `${JSON.stringify(schema, undefined, 2)}\n`);
}

/** The written schema, by the names of steps and of preflight checks. */
export function readSchema(): Record<"steps" | "checks", Readonly<Record<string, Schema>>> {
  return JSON.parse(readFileSync(schemaFile, "utf8")) as ReturnType<typeof readSchema>;
}

/** The name of a step or preflight check in the schema, and in the list of all: its id in camel case. */
export function nameOf(id: string): string {
  return id.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

const checkers = new Map<string, z.ZodType>();

function checkerOf(kind: "steps" | "checks", id: string): z.ZodType {
  const known = checkers.get(`${kind} ${id}`);
  if (known !== undefined) return known;
  const schema = readSchema()[kind][nameOf(id)];
  if (schema === undefined) throw new Error(`the schema of recorded facts has no ${id} among its ${kind}`);
  const made = z.fromJSONSchema(schema);
  checkers.set(`${kind} ${id}`, made);
  return made;
}

/** @throws if the facts do not fit the current types: `npm run record` records them again */
function checked(file: URL, kind: "steps" | "checks", id: string, facts: unknown): void {
  const { error } = checkerOf(kind, id).safeParse(facts);
  if (!error) return;
  throw new Error(`${file.pathname} does not fit ${id} as it is today; record it anew: ${error.message}`);
}

/**
 * Reads what {@link writeFacts} wrote.
 * @throws if it does not have the current type of the step's facts: `npm run record` records it again
 */
export function readFacts(version: string, state: FactsState, step: string): unknown {
  const file = fileOf(version, state, step);
  const text = readFileSync(file, "utf8");
  checked(file, "steps", step, JSON.parse(text));
  return factsFromJson(text);
}

/**
 * Reads the result of a preflight check from the facts of step `preflight`.
 * @throws if it has none, or not of the current type: `npm run record` records it again
 */
export function readCheckFacts(version: string, state: FactsState, check: string): unknown {
  const outcomes = readFacts(version, state, "preflight") as ReadonlyMap<string, { found?: unknown }>;
  const found = outcomes.get(check)?.found;
  checked(fileOf(version, state, "preflight"), "checks", check, JSON.parse(factsToJson(found)));
  return found;
}

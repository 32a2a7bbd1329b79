import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const folder = new URL(".", import.meta.url);

/** Writes a step's facts as JSON; Maps become `{"$map": [[key, value], …]}`. */
export function writeFacts(state: string, step: string, facts: unknown): void {
  mkdirSync(new URL(state, folder), { recursive: true });
  const text = JSON.stringify(
    facts,
    (_, value: unknown) => (value instanceof Map ? { $map: [...value] } : value),
    2,
  );
  writeFileSync(new URL(`${state}/${step}.json`, folder), `${text}\n`);
}

/** Reads what {@link writeFacts} wrote. */
export function readFacts(state: string, step: string): unknown {
  const text = readFileSync(new URL(`${state}/${step}.json`, folder), "utf8");
  return JSON.parse(text, (_, value: unknown) => {
    const entries = (value as { $map?: [unknown, unknown][] } | null)?.$map;
    return entries === undefined ? value : new Map(entries);
  }) as unknown;
}

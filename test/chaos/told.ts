/** A change as the program tells of it, in its journal and with `--json`. */
export interface ToldChange {
  readonly step: string;
  readonly host: string;
  /** `keepalived lb1: file /etc/keepalived/check-apiserver.sh`: the same in every run. */
  readonly name: string;
}

/** The beginning or the end of a change. */
export interface Told {
  readonly type: "change-started" | "change-done";
  readonly change: ToldChange;
  /** How long it took; 0 at its beginning. */
  readonly ms: number;
}

/** What tells two changes of the same kind on the same host apart. */
const DISTINGUISHING = ["path", "unit", "name", "flag", "key", "node", "components"] as const;

/** Reads a line of the journal or of standard output; `undefined` for all but the beginnings and ends of changes. */
export function parseTold(line: string): Told | undefined {
  const record = parseJson(line);
  if (record?.type !== "change-started" && record?.type !== "change-done") return undefined;
  const { type, step = "", change = {}, ms = 0 } = record;
  const { host, kind } = change;
  if (typeof host !== "string" || typeof kind !== "string") return undefined;
  const which = DISTINGUISHING.map((key) => change[key]).find((value) => value !== undefined);
  const words = [kind, ...[which ?? []].flat()].map(String);
  return { type, change: { step, host, name: `${step} ${host}: ${words.join(" ")}` }, ms };
}

interface Line {
  readonly type: string;
  readonly step?: string;
  readonly change?: Readonly<Record<string, unknown>>;
  readonly ms?: number;
}

/** A killed program may leave half a line. */
function parseJson(line: string): Line | undefined {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return undefined;
  }
}

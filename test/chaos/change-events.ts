/** A change as the program reports it, in its journal and with `--json`. */
export interface RunChange {
  readonly step: string;
  readonly host: string;
  /** `keepalived lb1: file /etc/keepalived/check-apiserver.sh`: the same in every run. */
  readonly name: string;
}

/** The start or the end of a change. */
export interface ChangeEvent {
  readonly type: "change-started" | "change-done";
  readonly change: RunChange;
  /** Its duration in ms; 0 at its start. */
  readonly ms: number;
}

/** The fields that distinguish two changes of the same kind on the same host. */
const DISTINGUISHING = ["path", "unit", "name", "flag", "key", "node", "components"] as const;

/** Parses a line of the journal or of standard output; `undefined` for all but starts and ends of changes. */
export function parseChangeEvent(line: string): ChangeEvent | undefined {
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

/** A killed program may leave an incomplete line. */
function parseJson(line: string): Line | undefined {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return undefined;
  }
}

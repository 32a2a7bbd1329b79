import { WRITTEN } from "../machine/write-probe.js";

/** What a run with changes writes by itself, for the end of its plan; none where it does not. */
export function probeLines(changes: number, writeProbe: boolean): string[] {
  if (changes === 0 || !writeProbe) return [];
  return [
    `meanwhile the ConfigMap ${WRITTEN.namespace}/${WRITTEN.name} is written, and removed at the end, to report failed writes (--no-write-probe: not)`,
  ];
}

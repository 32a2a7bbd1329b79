import { WRITTEN } from "../cluster/write-probe.js";

/** The plan's note about the write probe; empty without changes or without the probe. */
export function probeLines(changes: number, writeProbe: boolean): string[] {
  if (changes === 0 || !writeProbe) return [];
  return [
    `write probe: the run writes the ConfigMap ${WRITTEN.namespace}/${WRITTEN.name} to measure write availability and removes it at the end (disable: --no-write-probe)`,
  ];
}

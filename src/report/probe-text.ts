import { VERIFICATION } from "../cluster/verification-objects.js";
import { WRITTEN } from "../cluster/write-probe.js";
import type { Writing } from "../engine/migration.js";

/** The plan's notes about what a run creates to measure and to verify the cluster; empty without changes. */
export function probeLines(changes: number, { objects, pod }: Writing): string[] {
  if (changes === 0) return [];
  return [
    ...(objects
      ? [
          `write probe: the run writes the ConfigMaps ${WRITTEN.name} and ${VERIFICATION.name} in ${WRITTEN.namespace} to measure and verify writes and removes them at the end (disable: --no-write-probe)`,
        ]
      : []),
    ...(pod
      ? [
          `test pod: at the end the run starts the pod ${VERIFICATION.namespace}/${VERIFICATION.name} with the image of CoreDNS, which must reach the API, and removes it (disable: --no-pod-probe)`,
        ]
      : []),
  ];
}

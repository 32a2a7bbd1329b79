import { Option } from "@commander-js/extra-typings";
import type { Writing } from "../engine/migration.js";

/** The option that disables the write probe, which is on by default. */
export const writeProbe = () =>
  new Option("--no-write-probe", "do not measure and verify writes (no ConfigMap is written)");

/** The option that disables the test pod, which is started by default. */
export const podProbe = () => new Option("--no-pod-probe", "do not verify the cluster by starting a pod");

/** The values of these options. */
export interface ProbeOptions {
  readonly writeProbe: boolean;
  readonly podProbe: boolean;
}

/** What a run may create in the cluster with these options. */
export function writingOf({ writeProbe, podProbe }: ProbeOptions): Writing {
  return { objects: writeProbe, pod: podProbe };
}

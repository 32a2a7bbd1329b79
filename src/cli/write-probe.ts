import { Option } from "@commander-js/extra-typings";

/** The option that leaves the probe of writes out; on by default. */
export const writeProbe = () =>
  new Option("--no-write-probe", "do not measure write availability (no ConfigMap is written)");

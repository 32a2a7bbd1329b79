import { Option } from "@commander-js/extra-typings";

/** The option that disables the write probe, which is on by default. */
export const writeProbe = () =>
  new Option("--no-write-probe", "do not measure write availability (no ConfigMap is written)");

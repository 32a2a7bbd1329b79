import { Option } from "@commander-js/extra-typings";

/** The option that leaves the probe of writes out; on by default. */
export const writeProbe = () =>
  new Option("--no-write-probe", "write nothing to the API to see whether writes succeed; see the plan");

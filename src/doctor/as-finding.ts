import type { Problem } from "../steps/step.js";
import type { Finding } from "./check.js";

/** A host's answer that is missing, as a finding. */
export function asFinding({ host, what, fix }: Problem): Finding {
  return { severity: "error", ...(host !== undefined && { host }), what, fix };
}

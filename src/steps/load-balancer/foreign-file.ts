import type { Problem } from "../step.js";

/** A load balancer that serves something else already: its configuration is not taken away from it. */
export function foreignFile(host: string, path: string): Problem {
  return {
    severity: "blocker",
    host,
    what: `${path} is not k8s-ha's, and would be replaced`,
    fix: `use another load balancer; or, if ${host} no longer needs that file, move it away`,
  };
}

import type { Inventory } from "../../inventory/schema.js";
import { formerName } from "../../machine/files.js";
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

/** Whether somebody's configuration on a load balancer stays as it is, because nobody said that it may go. */
export function isKept({ isForeign }: { readonly isForeign: boolean }, { loadBalancer }: Inventory): boolean {
  return isForeign && loadBalancer.formerConfig === "refuse";
}

/** What to say of somebody's configuration: that it is in the way, or that it is replaced as the inventory says. */
export function foreignConfig(host: string, path: string, { loadBalancer }: Inventory): Problem {
  const copy = formerName(path);
  if (loadBalancer.formerConfig === "replace") {
    return {
      severity: "warning",
      host,
      what: `${path} is not k8s-ha's, and is replaced, as loadBalancer.formerConfig says`,
      fix: `make sure that nobody needs it; it stays as ${copy}`,
    };
  }
  const refused = foreignFile(host, path);
  return {
    ...refused,
    fix: `${refused.fix}, or set loadBalancer.formerConfig: replace (it stays as ${copy})`,
  };
}

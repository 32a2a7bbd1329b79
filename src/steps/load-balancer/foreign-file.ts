import { createHash } from "node:crypto";
import { MANAGED } from "../../config-files/managed.js";
import type { Inventory } from "../../inventory/schema.js";
import { formerName } from "../../machine/files.js";
import { query } from "../../machine/query.js";
import { sh } from "../../shell/shell.js";
import type { Problem } from "../step.js";

function makeWay(host: string): string {
  return `use another load balancer; or, if ${host} no longer needs that file, move it away`;
}

/** A load balancer that serves something else already: its configuration is not taken away from it. */
export function foreignFile(host: string, path: string): Problem {
  return {
    severity: "blocker",
    host,
    what: `${path} is not k8s-ha's, and would be replaced`,
    fix: makeWay(host),
  };
}

/** What a plan shows of somebody's configuration: any of its lines may hold a secret that nobody here knows for one. */
function unshown(content: string): string {
  const digest = createHash("sha256").update(content).digest("hex").slice(0, 12);
  return `# Not k8s-ha's, and not shown, as there may be secrets in it (sha256 ${digest}…).\n`;
}

/** What stood in a file's place, as a plan shows it. What the package brings is nobody's work, and unknown before it is installed. */
export function shownBefore(content: string, isForeign: boolean): string | null {
  if (isForeign) return unshown(content);
  return content.startsWith(MANAGED) ? content : null;
}

/** Whether somebody's configuration on a load balancer stays as it is, because nobody said that it may go. */
export function isKept({ isForeign }: { readonly isForeign: boolean }, { loadBalancer }: Inventory): boolean {
  return isForeign && loadBalancer.existingConfig === "refuse";
}

/** What to say of somebody's configuration: that it is in the way, or that it is replaced as the inventory says. */
export function foreignConfig(host: string, path: string, { loadBalancer }: Inventory): Problem {
  const copy = formerName(path);
  if (loadBalancer.existingConfig === "replace") {
    return {
      severity: "warning",
      host,
      what: `${path} is not k8s-ha's, and is replaced, as loadBalancer.existingConfig says`,
      fix: `make sure that nobody needs it; it stays as ${copy}`,
    };
  }
  const refused = foreignFile(host, path);
  return {
    ...refused,
    fix: `${refused.fix}, or set loadBalancer.existingConfig: replace (it stays as ${copy})`,
  };
}

const HAPROXY_FOLDER = "/etc/haproxy/conf.d";

/** The files that haproxy reads beside its own: Red Hat's unit has a folder of them from version 8 on. */
export const furtherHaproxyFiles = query(
  sh`set -- ${HAPROXY_FOLDER}/*.cfg
if { [ -e "$1" ] || [ -L "$1" ]; } && systemctl cat haproxy 2>/dev/null | grep -qF ${HAPROXY_FOLDER}; then printf '%s\n' "$@"; fi`,
  (out) => out.split("\n").filter((path) => path !== ""),
);

/** What one file of somebody else does that haproxy reads as well: it stays in force beside ours. */
export function furtherFile(host: string, path: string): Problem {
  return {
    severity: "blocker",
    host,
    what: `haproxy reads ${path} as well, which is not k8s-ha's`,
    fix: makeWay(host),
  };
}

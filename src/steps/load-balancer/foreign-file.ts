import { createHash } from "node:crypto";
import { MANAGED } from "../../config-files/managed.js";
import type { Inventory } from "../../inventory/schema.js";
import { formerName } from "../../machine/files.js";
import { query } from "../../machine/query.js";
import { sh } from "../../shell/shell.js";
import type { Problem } from "../step.js";

function makeWay(host: string): string {
  return `use another load balancer; or, if ${host} no longer needs that file, move it to another folder`;
}

/** Blocks a load balancer whose configuration is not managed by k8s-ha: it is not replaced. */
export function foreignFile(host: string, path: string): Problem {
  return {
    severity: "blocker",
    host,
    what: `${path} is not managed by k8s-ha and would be replaced`,
    fix: makeWay(host),
  };
}

/** What a plan shows of a third-party configuration: any line may contain a secret that k8s-ha cannot recognize. */
function unshown(content: string): string {
  const digest = createHash("sha256").update(content).digest("hex").slice(0, 12);
  return `# Not managed by k8s-ha; not shown because it may contain secrets (sha256 ${digest}…).\n`;
}

/** Former content as a plan shows it; `null` for the package's default file, which is unknown before the installation. */
export function shownBefore(content: string, isForeign: boolean): string | null {
  if (isForeign) return unshown(content);
  return content.startsWith(MANAGED) ? content : null;
}

/** Whether a third-party configuration stays: loadBalancer.existingConfig does not allow k8s-ha to replace it. */
export function isKept({ isForeign }: { readonly isForeign: boolean }, { loadBalancer }: Inventory): boolean {
  return isForeign && loadBalancer.existingConfig === "refuse";
}

/** The problem of a third-party configuration: a blocker, or a warning if the inventory allows to replace it. */
export function foreignConfig(host: string, path: string, { loadBalancer }: Inventory): Problem {
  const copy = formerName(path);
  if (loadBalancer.existingConfig === "replace") {
    return {
      severity: "warning",
      host,
      what: `${path} is not managed by k8s-ha and will be replaced (loadBalancer.existingConfig: replace)`,
      fix: `make sure that it is no longer needed; it is kept as ${copy}`,
    };
  }
  const refused = foreignFile(host, path);
  return {
    ...refused,
    fix: `${refused.fix}; or set loadBalancer.existingConfig: replace (the file is kept as ${copy})`,
  };
}

const HAPROXY_FOLDER = "/etc/haproxy/conf.d";

/** Further files that haproxy reads: Red Hat's unit names a folder for them since version 8. */
export const furtherHaproxyFiles = query(
  sh`set -- ${HAPROXY_FOLDER}/*.cfg
if { [ -e "$1" ] || [ -L "$1" ]; } && systemctl cat haproxy 2>/dev/null | grep -qF ${HAPROXY_FOLDER}; then printf '%s\n' "$@"; fi`,
  (out) => out.split("\n").filter((path) => path !== ""),
);

/** Blocks on a third-party file that haproxy also reads: it would stay in effect next to haproxy.cfg. */
export function furtherFile(host: string, path: string): Problem {
  return {
    severity: "blocker",
    host,
    what: `haproxy also reads ${path}, which is not managed by k8s-ha`,
    fix: makeWay(host),
  };
}

import { members, type Group } from "../inventory/targets.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import { query } from "../machine/query.js";
import { sh } from "../shell/shell.js";

const COMMON = ["openssl", "tar", "bash", "ss", "curl", "awk"];
const TOOLS: Readonly<Record<Group, readonly string[]>> = {
  controlPlane: [...COMMON, "kubeadm", "kubelet", "kubectl", "crictl", "ip", "pgrep"],
  // k8s-ha installs curl with the load balancers' packages.
  loadBalancers: ["openssl", "tar", "bash", "ss", "ip", "sysctl"],
  workers: COMMON,
};

/** The tools that a machine of the inventory lacks, out of those that k8s-ha runs on every machine of its groups. */
export async function missingTools(fleet: ReadOnlyFleet, name: string): Promise<readonly string[]> {
  const groups = members(fleet.inventory).find((member) => member.name === name)?.groups ?? [];
  const tools = [...new Set(groups.flatMap((group) => TOOLS[group]))];
  const script = sh`for t in ${tools}; do command -v "$t" >/dev/null || printf '%s ' "$t"; done; echo`;
  return fleet.host(name).ask(query(script, (out) => out.split(/\s+/).filter((tool) => tool !== "")));
}

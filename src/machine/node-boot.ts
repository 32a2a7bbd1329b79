import { sh } from "../shell/shell.js";
import { query } from "./query.js";

/**
 * Why a node does not come back after a reboot, one line each: its kubelet is not started at boot, or a file that the running
 * kubelet has loaded is missing.
 */
export const bootFaults = query(
  sh`case $(systemctl is-enabled kubelet 2>/dev/null) in
(disabled | masked | masked-runtime) echo "kubelet is not started at boot" ;;
esac
for pid in $(pgrep -x kubelet); do tr '\0' '\n' </proc/$pid/cmdline | sed -n 's/^--config=//p; s/^--kubeconfig=//p'; done |
  while read -r file; do [ -e "$file" ] || echo "$file is missing"; done`,
  (out) => out.split("\n").filter((line) => line !== ""),
);

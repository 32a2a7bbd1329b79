import { sh } from "../shell/shell.js";
import { query } from "./query.js";

/** A kubelet that is enabled on a machine without a node ends at once, again and again: it has loaded nothing. */
const RUNS_SECONDS = 30;

/**
 * Why a node does not come back after a reboot, one line each: its kubelet is not started at boot, or a file that the running
 * kubelet has loaded is missing.
 */
export const bootFaults = query(
  sh`case $(systemctl is-enabled kubelet 2>/dev/null) in
(disabled | masked | masked-runtime) echo "kubelet is not started at boot" ;;
esac
for pid in $(pgrep -x kubelet); do
  [ "$(ps -o etimes= -p "$pid")" -ge ${String(RUNS_SECONDS)} ] 2>/dev/null || continue
  tr '\0' '\n' </proc/$pid/cmdline | sed -n 's/^--config=//p; s/^--kubeconfig=//p'
done |
  while read -r file; do [ -e "$file" ] || echo "$file is missing"; done`,
  (out) => out.split("\n").filter((line) => line !== ""),
);

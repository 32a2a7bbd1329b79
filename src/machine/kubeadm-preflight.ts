import { sh } from "../shell/shell.js";
import type { RemoteResult } from "../transport/transport.js";
import { remoteAttempt, type Query } from "./query.js";

/** An error of kubeadm's preflight. */
export interface Refusal {
  /** The name of the check, such as `Swap`; absent if kubeadm rejects the configuration. */
  readonly check?: string;
  /** kubeadm's message. */
  readonly what: string;
}

/**
 * The errors of kubeadm's own preflight on a machine: `kubeadm init phase preflight --dry-run`, which needs no cluster
 * and pulls no image (cmd/kubeadm/app/cmd/phases/init/preflight.go). Empty if its kubeadm does not support this dry run,
 * or if a join has started on the machine. The dry run writes to a temporary directory, which is removed.
 * @param configuration an InitConfiguration with the ClusterConfiguration, without secrets
 * @param ignored names of checks to ignore
 */
export function kubeadmPreflight(
  configuration: string,
  ignored: readonly string[],
): Query<readonly Refusal[]> {
  return remoteAttempt(
    sh`[ ! -e /etc/kubernetes/kubelet.conf ] && [ ! -e /etc/kubernetes/bootstrap-kubelet.conf ] || exit 0
kubeadm init phase preflight --help 2>/dev/null | grep -q -e --dry-run || exit 0
folder=$(mktemp -d) || exit
trap 'rm -rf "$folder"' EXIT
printf %s ${configuration} | KUBEADM_INIT_DRYRUN_DIR=$folder timeout 50 kubeadm init phase preflight --dry-run --config /dev/stdin --ignore-preflight-errors ${ignored.join(",")} >/dev/null`,
    refusals,
  );
}

function refusals({ code, stderr }: RemoteResult): Refusal[] {
  if (code === 0) return [];
  const checks = [...stderr.matchAll(/^\s*\[ERROR ([^\]]+)\]: (.*(?:\n(?!\s*\[).*)*)/gm)];
  if (checks.length > 0)
    return checks.map(([, check = "", what = ""]) => ({
      check,
      what: what.trim().replaceAll(/\s*\n\s*/g, " "),
    }));
  return [{ what: kubeadmError(stderr) || `exit code ${code} of kubeadm init phase preflight` }];
}

/** The error in kubeadm's standard error; empty if there is none. */
export function kubeadmError(stderr: string): string {
  // Up to 1.33 (util/error.go) kubeadm prints the error without a prefix, followed by a hint about its stack trace.
  const isBeside = (line: string) => /^(?:To see the stack trace|[IWE]\d{4} |\s*\[)/.test(line);
  const lines = stderr.trim().split("\n");
  return /^error: (.*)$/m.exec(stderr)?.[1] ?? lines.findLast((line) => !isBeside(line)) ?? "";
}

import { sh } from "../shell/shell.js";
import type { RemoteResult } from "../transport/transport.js";
import { remoteAttempt, type Query } from "./query.js";

/** What kubeadm refuses. */
export interface Refusal {
  /** The name of the check, such as `Swap`; none where kubeadm refuses the configuration. */
  readonly check?: string;
  /** In kubeadm's words. */
  readonly what: string;
}

/**
 * What kubeadm's own preflight of that machine refuses: `kubeadm init phase preflight --dry-run`, which asks no cluster
 * and pulls no image (cmd/kubeadm/app/cmd/phases/init/preflight.go). Nothing where its kubeadm has no such dry run, or a
 * join has begun on the machine. What a dry run of kubeadm writes goes into a folder that is removed.
 * @param configuration an InitConfiguration with the ClusterConfiguration, without secrets
 * @param ignored names of checks, whatever they find
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
  // Up to 1.33 (util/error.go) kubeadm writes the error without a word before it, and a hint at its stack trace behind it.
  const isBeside = (line: string) => /^(?:To see the stack trace|[IWE]\d{4} |\s*\[)/.test(line);
  const lines = stderr.trim().split("\n");
  const error = /^error: (.*)$/m.exec(stderr)?.[1] ?? lines.findLast((line) => !isBeside(line));
  return [{ what: error || `exit code ${code} of kubeadm init phase preflight` }];
}

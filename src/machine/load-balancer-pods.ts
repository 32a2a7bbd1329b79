import { configurationFolder, type BalancerPod } from "../config-files/load-balancer-pods.js";
import { sh, type Shell } from "../shell/shell.js";
import { crictl } from "./container-runtime.js";
import { query, remoteAttempt, type Query } from "./query.js";
import { MANIFESTS } from "./static-pods.js";

/** The manifest path of a load balancer's static pod. */
export function podManifest(pod: BalancerPod): string {
  return `${MANIFESTS}/${pod}.yaml`;
}

/**
 * The ids of a program's processes in pods, one per line: in our pod, or in other pods, such as an ingress controller's.
 * Our pod mounts the host's configuration directory; other pods have it in their image, in a kubelet volume
 * (`kubernetes.io~configmap`) or in memory (`/`). This works without the runtime, and with cgroups v1 and v2.
 */
function processesInPods(pod: BalancerPod, whose: "ours" | "others"): Shell {
  const isOurs = sh`grep -qE ${` /[^ ~]+ ${configurationFolder(pod)} `} "/proc/$p/mountinfo" 2>/dev/null`;
  return sh`for p in $(pgrep -x ${pod}); do
  if grep -q kubepods "/proc/$p/cgroup" 2>/dev/null && ${whose === "ours" ? isOurs : sh`! ${isOurs}`}; then echo "$p"; fi
done`;
}

/** The ids of the processes of our pod, one per line. */
function ourProcesses(pod: BalancerPod): Shell {
  return processesInPods(pod, "ours");
}

/**
 * The start time of our pod on this host, in seconds since the epoch: that of its oldest process. `undefined` if none
 * runs.
 */
export function podRunsSince(pod: BalancerPod): Query<number | undefined> {
  const script = sh`read -r up _ </proc/uptime; now=$(date +%s.%N)
for p in $(${ourProcesses(pod)}); do sed 's/^.*) //' "/proc/$p/stat" 2>/dev/null; done |
  awk -v up="$up" -v now="$now" '{ since = now - up + $20 / 100; if (!n++ || since < first) first = since } END { if (n) printf "%.2f\n", first }'`;
  return query(script, (out) => (out.trim() === "" ? undefined : Number(out)));
}

/** The host's TCP ports on which a program listens in other pods; pods with their own network have none. */
export function portsOfOtherPods(pod: BalancerPod): Query<readonly number[]> {
  const script = sh`pids=$(${processesInPods(pod, "others")})
[ -z "$pids" ] || ss -Hltnp | grep -F "$(printf 'pid=%s,\n' $pids)" | awk '{ sub(/.*:/, "", $4); print $4 }' | sort -un`;
  return query(script, (out) => out.split("\n").flatMap((port) => (port === "" ? [] : [Number(port)])));
}

/** Removes our pod's manifest and terminates its program with SIGTERM, even without a running kubelet. */
export function endPod(pod: BalancerPod): Shell {
  const manifest = podManifest(pod);
  return sh`if [ -e ${manifest} ]; then
  rm -f ${manifest}
  n=0
  while left=$(${ourProcesses(pod)}); [ -n "$left" ] && [ "$n" -lt 40 ]; do
    kill $left 2>/dev/null
    n=$((n + 1)); sleep 0.5
  done
fi`;
}

/** The id of our pod's container; empty if none runs. `-a` includes the last one that ran. */
function containerOf(pod: BalancerPod, ...options: "-a"[]): Shell {
  const labels = [`component=${pod}`, "tier=load-balancer"].flatMap((label) => ["--label", label]);
  return sh`for s in $(${crictl(sh`pods -q --namespace kube-system ${labels}`)}); do ${crictl(sh`ps ${options} -q --pod "$s"`)}; done | head -n 1`;
}

/** The exit code of a program inside our pod; 1 if the pod does not run. */
export function exitCodeInPod(pod: BalancerPod, program: string): Query<number> {
  const script = sh`id=$(${containerOf(pod)}); [ -n "$id" ] && ${crictl(sh`exec "$id" ${program}`)}`;
  return remoteAttempt(script, ({ code }) => code);
}

/** The last log lines of our pod that contain a word such as haproxy's ALERT; empty if there are none. */
export function podComplaints(pod: BalancerPod, word: string): Query<string> {
  const script = sh`id=$(${containerOf(pod, "-a")})
[ -z "$id" ] || ${crictl(sh`logs --tail 50 "$id"`)} 2>&1 | grep -F ${word} | tail -n 3 || true`;
  return query(script, (out) => out.trim());
}

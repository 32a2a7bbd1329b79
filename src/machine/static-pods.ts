import { sh, type Shell } from "../shell/shell.js";
import { crictl } from "./container-runtime.js";
import { query, remoteAttempt, type Query } from "./query.js";

/** Where kubeadm keeps its static pods' manifests. */
export const MANIFESTS = "/etc/kubernetes/manifests";

/** The sandbox ids of one of kubeadm's static pods: `kube-apiserver`. */
export function sandboxIds(component: string): Shell {
  return crictl(sh`pods -q --namespace kube-system --label ${`component=${component}`}`);
}

/**
 * Takes sandboxes away; the kubelet makes a new one at once. Seconds instead of the 45 s that a stopped container
 * (crash-loop back-off) or a moved manifest (30 s grace) costs.
 */
export function removeSandboxes(ids: readonly string[]): Shell {
  // A container that the kubelet is starting at this moment cannot be removed: once more, a moment later.
  return sh`for id in ${ids}; do
  n=0
  until ${crictl(sh`stopp "$id"`)} >/dev/null && ${crictl(sh`rmp "$id"`)} >/dev/null; do
    n=$((n + 1)); [ "$n" -lt 20 ] || exit 1
    sleep 0.5
    ${crictl(sh`pods -q`)} | grep -qx "$id" || break
  done
done`;
}

/** The ids that {@link sandboxIds} printed. */
export function parseIds(out: string): string[] {
  return out.split("\n").filter((id) => id !== "");
}

/** Which of kubeadm's component manifests the host has, by name: `kube-apiserver`, `etcd`, … */
export const manifests: Query<readonly string[]> = query(
  sh`for f in ${MANIFESTS}/*.yaml; do if [ -f "$f" ]; then basename "$f" .yaml; fi; done`,
  (out) => out.split("\n").filter((name) => name !== ""),
);

/** The ids of a program's processes that belong to pods, one a line. */
const processesInPods = (program: string): Shell =>
  sh`for p in $(pgrep -x ${program}); do if grep -q kubepods "/proc/$p/cgroup" 2>/dev/null; then echo "$p"; fi; done`;

/**
 * Since when a program runs in pods of this host, in seconds since the epoch: the oldest of its processes counts.
 * `undefined` where none runs; one that is no pod's is not looked at.
 */
export function inPodsSince(program: string): Query<number | undefined> {
  const script = sh`read -r up _ </proc/uptime; now=$(date +%s.%N)
for p in $(${processesInPods(program)}); do sed 's/^.*) //' "/proc/$p/stat" 2>/dev/null; done |
  awk -v up="$up" -v now="$now" '{ since = now - up + $20 / 100; if (!n++ || since < first) first = since } END { if (n) printf "%.2f\n", first }'`;
  return query(script, (out) => (out.trim() === "" ? undefined : Number(out)));
}

/** Takes a static pod away and has its program end in order, whether or not a kubelet is there to do so. */
export function endStaticPod(name: string): Shell {
  const manifest = `${MANIFESTS}/${name}.yaml`;
  return sh`if [ -e ${manifest} ]; then
  rm -f ${manifest}
  n=0
  while left=$(${processesInPods(name)}); [ -n "$left" ] && [ "$n" -lt 40 ]; do
    kill $left 2>/dev/null
    n=$((n + 1)); sleep 0.5
  done
fi`;
}

/** The id of the container that runs in a static pod and has its name; empty where none does. */
const containerOf = (name: string): Shell => crictl(sh`ps -q --name ${`^${name}$`}`);

/** The exit code of a program inside a static pod that has one container of the same name; 1 too where that does not run. */
export function exitCodeInPod(name: string, program: string): Query<number> {
  const script = sh`id=$(${containerOf(name)} | head -n 1); [ -n "$id" ] && ${crictl(sh`exec "$id" ${program}`)}`;
  return remoteAttempt(script, ({ code }) => code);
}

/** The last lines in which a static pod's program complained, by a word such as haproxy's ALERT; empty for none. */
export function podComplaints(name: string, word: string): Query<string> {
  const script = sh`id=$(${crictl(sh`ps -a -q --name ${`^${name}$`}`)} | head -n 1)
[ -z "$id" ] || ${crictl(sh`logs --tail 50 "$id"`)} 2>&1 | grep -F ${word} | tail -n 3 || true`;
  return query(script, (out) => out.trim());
}

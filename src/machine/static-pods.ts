import { sh, type Shell } from "../shell/shell.js";
import { crictl } from "./container-runtime.js";
import { query, type Query } from "./query.js";

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

/**
 * Ends a component in order, with 10 s for it, whether or not a kubelet is there to do so. An apiserver takes its address
 * out of the Service `kubernetes` at once, where it would stay for 15 s if killed (pkg/controlplane/reconcilers/lease.go), and
 * answers what it was asked. Then it waits up to 60 s for the ends of watches, which go on elsewhere when it is killed
 * (apiserver/pkg/server/config.go: ShutdownTimeout; no watch is ended where ShutdownWatchTerminationGracePeriod is 0).
 */
export function stopContainers(component: string): Shell {
  const label = `io.kubernetes.container.name=${component}`;
  return sh`for id in $(${crictl(sh`ps -q --label ${label}`)}); do ${crictl(sh`stop --timeout 10 "$id"`)} >/dev/null || true; done`;
}

/** The ids that {@link sandboxIds} printed. */
export function parseIds(out: string): string[] {
  return out.split("\n").filter((id) => id !== "");
}

/** Which of kubeadm's component manifests the host has, by name: `kube-apiserver`, `etcd`, … */
export const manifests: Query<readonly string[]> = query(
  sh`for f in ${MANIFESTS}/*.yaml; do if [ -f "$f" ]; then f=\${f##*/}; echo "\${f%.yaml}"; fi; done`,
  (out) => out.split("\n").filter((name) => name !== ""),
);

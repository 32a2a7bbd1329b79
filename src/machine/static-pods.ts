import { sh, type Shell } from "../shell/shell.js";
import { crictl } from "./container-runtime.js";
import { query, type Query } from "./query.js";

/** kubeadm's directory for static pod manifests. */
export const MANIFESTS = "/etc/kubernetes/manifests";

/** The static pods of a control plane; etcd's only where kubeadm runs it. */
export const STATIC_PODS = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;

/** Prints the sandbox ids of a kubeadm static pod, such as `kube-apiserver`. */
export function sandboxIds(component: string): Shell {
  return crictl(sh`pods -q --namespace kube-system --label ${`component=${component}`}`);
}

/**
 * Removes sandboxes; the kubelet immediately creates a new one. This takes seconds instead of the 45 s of a stopped
 * container (crash-loop back-off) or a moved manifest (30 s grace period).
 */
export function removeSandboxes(ids: readonly string[]): Shell {
  // A container that the kubelet is starting cannot be removed: retry.
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
 * Stops a component's containers with a timeout of 10 s, even without a running kubelet. An apiserver immediately removes
 * its address from the Service `kubernetes`, where it would stay for 15 s if killed
 * (pkg/controlplane/reconcilers/lease.go), and completes pending requests. Then it waits up to 60 s for watches to end,
 * which continue on another apiserver when it is killed (apiserver/pkg/server/config.go: ShutdownTimeout; no watch is
 * ended if ShutdownWatchTerminationGracePeriod is 0).
 */
export function stopContainers(component: string): Shell {
  const label = `io.kubernetes.container.name=${component}`;
  return sh`for id in $(${crictl(sh`ps -q --label ${label}`)}); do ${crictl(sh`stop --timeout 10 "$id"`)} >/dev/null || true; done`;
}

/** The ids that {@link sandboxIds} printed. */
export function parseIds(out: string): string[] {
  return out.split("\n").filter((id) => id !== "");
}

/** The names of the host's static pod manifests: `kube-apiserver`, `etcd`, … */
export const manifests: Query<readonly string[]> = query(
  sh`for f in ${MANIFESTS}/*.yaml; do if [ -f "$f" ]; then f=\${f##*/}; echo "\${f%.yaml}"; fi; done`,
  (out) => out.split("\n").filter((name) => name !== ""),
);

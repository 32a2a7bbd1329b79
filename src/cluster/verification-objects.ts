/** The ConfigMap and the pod with which a run verifies that the cluster works. */
export const VERIFICATION = { namespace: "kube-system", name: "k8s-ha-verification" } as const;

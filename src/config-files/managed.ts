/** The first comment of every file that is ours alone: whoever opens it on the host shall know. */
export const MANAGED = "# Managed by k8s-ha: changes made here are overwritten.";

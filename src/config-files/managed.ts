/** The first line of every file that k8s-ha manages completely. */
export const MANAGED = "# Managed by k8s-ha: changes made here are overwritten.";

/** A join's field with the checks of kubeadm's preflight that are to be warnings, each once; none where there are none. */
export function ignored(checks: readonly string[]): { ignorePreflightErrors?: readonly string[] } {
  return checks.length === 0 ? {} : { ignorePreflightErrors: [...new Set(checks)] };
}

import { proxiesIn } from "../config-files/proxy-variables.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import { clusterConfiguration, parseClusterConfiguration } from "./kubeadm-config.js";
import { sharedManifests } from "./static-pod-manifests.js";

/**
 * The proxy variables that the first master's static pods have from kubeadm's environment, and that kubeadm needs to
 * write the same static pods on a new master. The values may contain passwords.
 */
export async function proxyVariables(fleet: ReadOnlyFleet): Promise<Readonly<Record<string, string>>> {
  const [manifests, configuration] = await Promise.all([sharedManifests(fleet), clusterConfiguration(fleet)]);
  return proxiesIn(manifests, configuredVariables(configuration));
}

/** The variables that the ClusterConfiguration sets for kube-apiserver. */
export function configuredVariables(configuration: string): string[] {
  const { apiServer } = parseClusterConfiguration(configuration);
  return (apiServer?.extraEnvs ?? []).map(({ name }) => name);
}

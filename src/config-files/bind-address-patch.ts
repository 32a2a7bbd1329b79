import { MANAGED } from "./managed.js";
import { asKubeadm } from "./yaml-text.js";

/** The apiserver's flag for the address at which it listens; by default all of its machine's. */
export const BIND_ADDRESS = "bind-address";

/** Where kubeadm is told to find patches for the manifests that it writes. */
export const PATCHES = "/etc/kubernetes/patches";
/** One of them, by kubeadm's rule for names: component, anything, `+` and the kind of patch. */
export const BIND_ADDRESS_PATCH = `${PATCHES}/kube-apiserver-bind-address+json.yaml`;

/**
 * What makes an apiserver listen on its machine's own address alone. A ClusterConfiguration cannot say it: its flags are
 * the same for all masters. The flag comes last, where it counts.
 */
export function bindAddressPatch(address: string): string {
  const patch = [{ op: "add", path: "/spec/containers/0/command/-", value: `--${BIND_ADDRESS}=${address}` }];
  return `${MANAGED}\n${asKubeadm(patch)}\n`;
}

import { MANAGED } from "./managed.js";
import { asKubeadm } from "./yaml-text.js";

/** The apiserver's flag for its listen address; by default all addresses of the machine. */
export const BIND_ADDRESS = "bind-address";

/** The directory with patches for kubeadm's manifests. */
export const PATCHES = "/etc/kubernetes/patches";
/** The patch file, named by kubeadm's rule: component, any suffix, `+` and the patch type. */
export const BIND_ADDRESS_PATCH = `${PATCHES}/kube-apiserver-bind-address+json.yaml`;

/**
 * A patch that makes an apiserver listen only on its machine's own address. A ClusterConfiguration cannot set this: its
 * flags are the same for all masters. The flag comes last, so that it takes effect.
 */
export function bindAddressPatch(address: string): string {
  const patch = [{ op: "add", path: "/spec/containers/0/command/-", value: `--${BIND_ADDRESS}=${address}` }];
  return `${MANAGED}\n${asKubeadm(patch)}\n`;
}

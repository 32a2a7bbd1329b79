import { initConfiguration, type InitOptions } from "../config-files/init-configuration.js";
import { sh, type Shell } from "../shell/shell.js";

/** Prints kubeadm's images for this node, one per line: the configuration may set any image for etcd and DNS. */
export function listImages(node: Omit<InitOptions, "certificateKey">): Shell {
  return sh`printf %s ${initConfiguration(node).shown()} | kubeadm config images list --config /dev/stdin`;
}

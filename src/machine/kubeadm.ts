import { initConfiguration, type InitOptions } from "../config-files/init-configuration.js";
import { sh, type Shell } from "../shell/shell.js";

/** Lets kubeadm name the images that it takes for this node, one a line: the configuration may name any for etcd and DNS. */
export function listImages(node: Omit<InitOptions, "certificateKey">): Shell {
  return sh`printf %s ${initConfiguration(node).shown()} | kubeadm config images list --config /dev/stdin`;
}

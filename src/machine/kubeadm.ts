import { initConfiguration, type InitOptions } from "../config-files/init-configuration.js";
import { remoteQuery, type Query } from "./query.js";
import { sh, type Shell } from "../shell/shell.js";

/** Prints kubeadm's images for this node, one per line: the configuration may set any image for etcd and DNS. */
export function listImages(node: Omit<InitOptions, "certificateKey">): Shell {
  return sh`printf %s ${initConfiguration(node).shown()} | kubeadm config images list --config /dev/stdin`;
}

/** Such as `v1.37.2`. Not batched: kubeadm takes a while to start. */
export const kubeadmVersion: Query<string> = remoteQuery(sh`kubeadm version -o short`, (out) => out.trim());

/** The programs that turn a machine into a node. */
export interface NodePrograms {
  readonly missing: readonly string[];
  /** `v1.37.2` of kubeadm and of kubelet, where they are installed. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Tools that a join needs beyond those of every worker; kubeadm itself requires the last two, crictl up to 1.30. */
const JOIN_TOOLS = ["kubeadm", "kubelet", "pgrep", "crictl", "ip"];

/** Not batched: the programs take a while to start. */
export const nodePrograms: Query<NodePrograms> = remoteQuery(
  sh`for t in ${JOIN_TOOLS}; do command -v "$t" >/dev/null || echo "missing $t"; done
if command -v kubeadm >/dev/null; then echo "kubeadm $(kubeadm version -o short)"; fi
if command -v kubelet >/dev/null; then echo "kubelet $(kubelet --version | sed 's/.* //')"; fi`,
  (out) => {
    const rows = [...out.matchAll(/^(\S+) (\S+)$/gm)].map(
      ([, key = "", value = ""]) => [key, value] as const,
    );
    return {
      missing: rows.filter(([key]) => key === "missing").map(([, tool]) => tool),
      versions: Object.fromEntries(rows.filter(([key]) => key !== "missing")),
    };
  },
);

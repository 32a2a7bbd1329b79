import { flags, hostMounts } from "../../config-files/static-pod.js";
import { parseClusterConfiguration } from "../cluster.js";
import type { Problem } from "../step.js";
import { blocker } from "./machines.js";

/** What kubeadm itself gives kube-apiserver, 1.17 to 1.36 (cmd/kubeadm/app/phases/controlplane/manifests.go). */
const KUBEADM_FLAGS = new Set([
  ..."advertise-address allow-privileged authorization-mode client-ca-file enable-admission-plugins".split(
    " ",
  ),
  ..."enable-bootstrap-token-auth etcd-cafile etcd-certfile etcd-keyfile etcd-servers feature-gates".split(
    " ",
  ),
  ..."insecure-port kubelet-client-certificate kubelet-client-key kubelet-preferred-address-types".split(" "),
  ..."proxy-client-cert-file proxy-client-key-file requestheader-allowed-names".split(" "),
  ..."requestheader-client-ca-file requestheader-extra-headers-prefix requestheader-group-headers".split(" "),
  ..."requestheader-uid-headers requestheader-username-headers runtime-config secure-port".split(" "),
  ..."service-account-issuer service-account-key-file service-account-signing-key-file".split(" "),
  ..."service-cluster-ip-range tls-cert-file tls-private-key-file".split(" "),
]);
/** Those of them that people edit most, and what kubeadm writes there. */
const KUBEADM_VALUES: Readonly<Record<string, string>> = {
  "authorization-mode": "Node,RBAC",
  "enable-admission-plugins": "NodeRestriction",
};
const KUBEADM_MOUNTS = [
  ..."/etc/kubernetes/pki /etc/ssl/certs /etc/ca-certificates /usr/share/ca-certificates".split(" "),
  ..."/usr/local/share/ca-certificates /etc/pki /etc/pki/ca-trust /etc/pki/tls/certs".split(" "),
];

/** A file or folder that every apiserver needs, and that kubeadm brings to no new master. */
export interface NeededPath {
  readonly path: string;
  /** Whether it must be the same everywhere. A folder that the apiserver writes to need only be there. */
  readonly same: boolean;
}

/** Flags that somebody wrote into the manifest alone: new masters are made from the ClusterConfiguration, without them. */
export function flagProblems(manifest: string, clusterConfiguration: string, first: string): Problem[] {
  const args = parseClusterConfiguration(clusterConfiguration).apiServer?.extraArgs ?? {};
  const configured = new Set(
    Array.isArray(args) ? (args as readonly { name: string }[]).map(({ name }) => name) : Object.keys(args),
  );
  const alone = [...flags(manifest)].filter(
    ([name, value]) =>
      !configured.has(name) && (!KUBEADM_FLAGS.has(name) || (KUBEADM_VALUES[name] ?? value) !== value),
  );
  if (alone.length === 0) return [];
  const names = alone.map(([name]) => `--${name}`).join(", ");
  const what = `kube-apiserver runs with flags that kubeadm's ClusterConfiguration does not have: ${names}`;
  const fix =
    "add them to apiServer.extraArgs, and their files to extraVolumes: kubectl -n kube-system edit configmap kubeadm-config";
  return [blocker(first, what, fix)];
}

/** What the apiserver reads from the host beyond what kubeadm itself brings to every master. */
export function neededPaths(manifest: string): readonly NeededPath[] {
  const mounts = hostMounts(manifest)
    .filter(({ path, created, readOnly }) => !KUBEADM_MOUNTS.includes(path) && (readOnly || !created))
    .map(({ path, readOnly }) => ({ path, same: readOnly }));
  const files = [...flags(manifest)]
    .filter(
      ([name, value]) => !KUBEADM_FLAGS.has(name) && KUBEADM_MOUNTS.some((m) => value.startsWith(`${m}/`)),
    )
    .map(([, path]) => ({ path, same: true }));
  return [...mounts, ...files];
}

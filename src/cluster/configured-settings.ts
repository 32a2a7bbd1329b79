import { posix } from "node:path";
import type { PodSettings } from "../config-files/pod-settings.js";
import { isKubeadmsFile, KUBEADM_MOUNTS } from "../config-files/static-pod-paths.js";
import { etcdDataDir, externalEtcdFiles } from "./etcd-layout.js";
import { flagsByName, parseClusterConfiguration } from "./kubeadm-config.js";
import type { StaticPod } from "./static-pod-manifests.js";

/**
 * The flags that kubeadm itself sets, 1.17 to 1.37 (cmd/kubeadm/app/phases/controlplane/manifests.go, phases/etcd/local.go;
 * 1.20 has `port` and `insecure-port`).
 */
const KUBEADM_FLAGS: Readonly<Record<StaticPod, ReadonlySet<string>>> = {
  etcd: new Set([
    ..."advertise-client-urls cert-file client-cert-auth data-dir feature-gates".split(" "),
    ..."experimental-initial-corrupt-check experimental-watch-progress-notify-interval".split(" "),
    ..."initial-advertise-peer-urls initial-cluster initial-cluster-state key-file listen-client-urls".split(
      " ",
    ),
    ..."listen-metrics-urls listen-peer-urls name peer-cert-file peer-client-cert-auth peer-key-file".split(
      " ",
    ),
    ..."peer-trusted-ca-file snapshot-count trusted-ca-file watch-progress-notify-interval".split(" "),
  ]),
  "kube-apiserver": new Set([
    ..."advertise-address allow-privileged authorization-mode client-ca-file enable-admission-plugins".split(
      " ",
    ),
    ..."enable-bootstrap-token-auth etcd-cafile etcd-certfile etcd-keyfile etcd-servers feature-gates".split(
      " ",
    ),
    ..."insecure-port kubelet-client-certificate kubelet-client-key kubelet-preferred-address-types".split(
      " ",
    ),
    ..."proxy-client-cert-file proxy-client-key-file requestheader-allowed-names".split(" "),
    ..."requestheader-client-ca-file requestheader-extra-headers-prefix requestheader-group-headers".split(
      " ",
    ),
    ..."requestheader-uid-headers requestheader-username-headers runtime-config secure-port".split(" "),
    ..."service-account-issuer service-account-key-file service-account-signing-key-file".split(" "),
    ..."service-cluster-ip-range tls-cert-file tls-private-key-file".split(" "),
  ]),
  "kube-controller-manager": new Set([
    ..."allocate-node-cidrs authentication-kubeconfig authorization-kubeconfig bind-address".split(" "),
    ..."client-ca-file cluster-cidr cluster-name cluster-signing-cert-file cluster-signing-key-file".split(
      " ",
    ),
    ..."controllers feature-gates kubeconfig leader-elect node-cidr-mask-size port".split(" "),
    ..."requestheader-client-ca-file root-ca-file service-account-private-key-file".split(" "),
    ..."service-cluster-ip-range use-service-account-credentials".split(" "),
  ]),
  "kube-scheduler": new Set(
    "authentication-kubeconfig authorization-kubeconfig bind-address feature-gates kubeconfig leader-elect port".split(
      " ",
    ),
  ),
};
/** The most commonly edited of these flags, with kubeadm's values. */
const KUBEADM_VALUES: Readonly<Partial<Record<StaticPod, Readonly<Record<string, string>>>>> = {
  "kube-apiserver": { "authorization-mode": "Node,RBAC", "enable-admission-plugins": "NodeRestriction" },
};

/**
 * The settings that kubeadm would write for a static pod, as far as the ClusterConfiguration alone shows them: its flags
 * and volumes. What kubeadm sets by itself is taken from the running pod.
 */
export function configuredSettings(
  pod: StaticPod,
  running: PodSettings,
  clusterConfiguration: string,
): PodSettings {
  const { apiServer, controllerManager, scheduler, etcd } = parseClusterConfiguration(clusterConfiguration);
  const component = {
    etcd: etcd?.local,
    "kube-apiserver": apiServer,
    "kube-controller-manager": controllerManager,
    "kube-scheduler": scheduler,
  }[pod];
  const values = KUBEADM_VALUES[pod] ?? {};
  const ofKubeadm = [...running.flags]
    .filter(([name]) => KUBEADM_FLAGS[pod].has(name))
    .map(([name, own]) => [name, values[name] === undefined ? own : [values[name]]] as const);
  const configured = [...flagsByName(component?.extraArgs)].map(([name, value]) => [name, [value]] as const);
  const volumes =
    component !== undefined && component !== null && "extraVolumes" in component
      ? component.extraVolumes
      : [];
  const provided = [
    ...KUBEADM_MOUNTS,
    etcdDataDir(clusterConfiguration),
    ...(externalEtcdFiles(clusterConfiguration) ?? []).map(({ path }) => posix.dirname(path)),
  ];
  return {
    ...running,
    flags: new Map([...ofKubeadm, ...configured]),
    mounts: new Map([
      ...[...running.mounts].filter(([, { source }]) => provided.includes(source) || isKubeadmsFile(source)),
      ...(volumes ?? []).map(
        ({ hostPath, mountPath, readOnly }) =>
          [
            posix.resolve(mountPath),
            { source: posix.resolve(hostPath), readOnly: readOnly === true },
          ] as const,
      ),
    ]),
  };
}

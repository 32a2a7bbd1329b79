import { initConfiguration } from "../config-files/join-configuration.js";
import { APISERVER_PORT } from "../machine/kubectl.js";
import { sh } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** The shared certificates lie in the cluster, encrypted, for two hours. */
export interface UploadCertsChange extends BaseChange {
  readonly kind: "upload-certs";
  readonly clusterConfiguration: string;
  readonly nodeName: string;
  readonly criSocket: string;
  readonly kubernetesVersion: string;
}

/** kubeadm's upload-certs phase, its key on standard input and never in argv. */
export const uploadCertsKind: ChangeKind<UploadCertsChange> = {
  kind: "upload-certs",
  describe: () => "kubeadm init phase upload-certs (certificate key: known when reached)",
  diff: () => "+ Secret kube-system/kubeadm-certs (encrypted, removed after the last join)",
  async apply(c, { host, secrets }) {
    const config = initConfiguration({
      kubernetesVersion: c.kubernetesVersion,
      advertiseAddress: host.address,
      bindPort: APISERVER_PORT,
      nodeName: c.nodeName,
      criSocket: c.criSocket,
      clusterConfiguration: c.clusterConfiguration,
      certificateKey: secrets.certificateKey,
    });
    await host.run(
      sh`set -eu
umask 077
mkdir -p /run/k8s-ha
trap 'rm -f /run/k8s-ha/upload-certs.yaml' EXIT
trap 'exit 1' HUP INT TERM
cat >/run/k8s-ha/upload-certs.yaml
kubeadm init phase upload-certs --upload-certs --config /run/k8s-ha/upload-certs.yaml >/dev/null`,
      { stdin: config.secretText() },
    );
  },
};

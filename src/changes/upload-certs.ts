import { initConfiguration, type InitNode } from "../config-files/init-configuration.js";
import { sh } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** The shared certificates lie in the cluster, encrypted, for two hours. */
export interface UploadCertsChange extends BaseChange, InitNode {
  readonly kind: "upload-certs";
}

/** kubeadm's upload-certs phase, its key on standard input and never in argv. */
export const uploadCertsKind: ChangeKind<UploadCertsChange> = {
  kind: "upload-certs",
  describe: () => "kubeadm init phase upload-certs (certificate key: known when reached)",
  diff: () => "+ Secret kube-system/kubeadm-certs (encrypted, removed after the last join)",
  async apply(c, { host, secrets }) {
    const { certificateKey } = secrets;
    const config = initConfiguration({ ...c, advertiseAddress: host.address, certificateKey });
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

import { initConfiguration, type InitNode } from "../config-files/init-configuration.js";
import type { ReadOnlyHost } from "../machine/host.js";
import { apiGetFrom } from "../cluster/api.js";
import { kubectl } from "../machine/kubectl.js";
import { sh } from "../shell/shell.js";
import { revokeLeftovers } from "./revoke.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** Uploads the shared certificates to the cluster, encrypted, for two hours. */
export interface UploadCertsChange extends BaseChange, InitNode {
  readonly kind: "upload-certs";
}

/** Which of kubeadm's Role and RoleBinding exist that let joining masters read its Secret. */
async function grants(master: ReadOnlyHost): Promise<string[]> {
  const found = ["role", "rolebinding"].map(async (kind) => {
    const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system/${kind}s/kubeadm:kubeadm-certs`;
    return (await apiGetFrom(master, path)) === undefined ? [] : [`${kind}/kubeadm:kubeadm-certs`];
  });
  return (await Promise.all(found)).flat();
}

/** Runs kubeadm's upload-certs phase, with its key on standard input and never in argv. */
export const uploadCertsKind: ChangeKind<UploadCertsChange, { readonly grants: readonly string[] }> = {
  kind: "upload-certs",
  mark: "+",
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
  undo: {
    target: () => "kubeadm-certs",
    before: async (_, { host }) => ({ grants: await grants(host) }),
    describe: () => "remove the uploaded certificates, and the permissions to read them",
    async undo(_, before, { host }) {
      await revokeLeftovers(host);
      const ours = (await grants(host)).filter((name) => !before.grants.includes(name));
      if (ours.length > 0)
        await host.run(sh`${kubectl(host, ["-n", "kube-system", "delete", ...ours])} >/dev/null`);
    },
  },
};

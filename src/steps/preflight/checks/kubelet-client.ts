import { clusterConfiguration, parseClusterConfiguration } from "../../../cluster/kubeadm-config.js";
import { masterStates, pending } from "../../../cluster/masters.js";
import { firstMaster } from "../../../inventory/targets.js";
import { kubeadmVersion } from "../../../machine/kubeadm.js";
import { remoteQuery } from "../../../machine/query.js";
import { sh } from "../../../shell/shell.js";
import { askEquipped, type Answers } from "../answers.js";
import { blocker, type PreflightCheck } from "../check.js";

const BINDING = "kubeadm:apiserver-kubelet-client";

/** True if unknown: an admin.conf without this access is a separate blocker. */
const hasBinding = remoteQuery(
  sh`kubectl --kubeconfig /etc/kubernetes/admin.conf get clusterrolebinding ${BINDING} -o name --ignore-not-found 2>/dev/null || echo unknown`,
  (out) => out.trim() !== "",
);

/**
 * Whether the machine's kubeadm creates apiserver-kubelet-client certificates without a group, which kubelets accept only
 * with a ClusterRoleBinding: patch releases changed that (kubernetes#138957; phases/certs/certlist.go:321 of 1.33.13).
 */
const wantsBinding = (version: string) =>
  remoteQuery(
    sh`folder=$(mktemp -d) || exit; trap 'rm -rf "$folder"' EXIT
for cert in ca apiserver-kubelet-client; do kubeadm init phase certs "$cert" --kubernetes-version ${version} --cert-dir "$folder" >/dev/null 2>&1 || exit 0; done
openssl x509 -noout -subject -nameopt multiline -in "$folder/apiserver-kubelet-client.crt"`,
    (out) => out.includes("commonName") && !out.includes("organizationName"),
  );

/**
 * The cluster's kubelets accept the apiservers that the kubeadm of joining masters creates. Found: the machines whose
 * apiservers they would reject. Queried only for machines whose kubeadm is of another patch release than the cluster.
 */
export const kubeletClient: PreflightCheck<Answers<boolean>> = {
  id: "kubelet-client",
  probe: async (fleet) => {
    const [text, states] = await Promise.all([clusterConfiguration(fleet), masterStates(fleet)]);
    const { kubernetesVersion } = parseClusterConfiguration(text);
    const waiting = pending(states)
      .filter(({ name }) => name !== fleet.firstMaster.name)
      .map(({ name }) => fleet.host(name));
    // A failure of kubeadm is reported by check `kubeadm-version`.
    const { found: versions } = await askEquipped(fleet, waiting, (host) => host.ask(kubeadmVersion));
    const others = waiting.filter(
      ({ name }) => (versions.get(name) ?? kubernetesVersion) !== kubernetesVersion,
    );
    const isBound = others.length === 0 || (await fleet.firstMaster.ask(hasBinding));
    return askEquipped(fleet, isBound ? [] : others, (host) =>
      host.ask(wantsBinding(versions.get(host.name) ?? "")),
    );
  },
  problems: ({ found, failures }, inventory) => [
    ...failures,
    ...[...found]
      .filter(([, isRejected]) => isRejected)
      .map(([name]) =>
        blocker(
          name,
          `this cluster's kubelets would reject the apiserver that this kubeadm creates, so kubectl logs and exec would fail: ClusterRoleBinding ${BINDING} is missing`,
          `on ${firstMaster(inventory).name}: kubectl --kubeconfig /etc/kubernetes/admin.conf create clusterrolebinding ${BINDING} --clusterrole=system:kubelet-api-admin --user=kube-apiserver-kubelet-client`,
        ),
      ),
  ],
};

import { httpsUrl } from "../../address.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { remoteQuery } from "../../machine/query.js";
import { APISERVER_PORT } from "../../ports.js";
import { sh } from "../../shell/shell.js";
import type { Problem } from "../step.js";
import { blocker } from "./machines.js";

const BINDING = "kubeadm:apiserver-kubelet-client";

/** The API access that joining machines and their apiservers need. */
export interface Joining {
  /** The HTTP status of cluster-info without a certificate, as kubeadm join reads it first; 000 without an answer. */
  readonly clusterInfo: string;
  /** Machines whose kubeadm creates apiservers that this cluster's kubelets reject. */
  readonly unbound: readonly string[];
}

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

/** Queries the first master, and the machines whose kubeadm is of another patch release than the cluster. */
export async function joining(
  fleet: ReadOnlyFleet,
  kubernetesVersion: string,
  kubeadmVersions: readonly (readonly [string, string])[],
): Promise<Joining> {
  const first = fleet.firstMaster;
  const url = `${httpsUrl(first.address, APISERVER_PORT)}/api/v1/namespaces/kube-public/configmaps/cluster-info`;
  const anonymous = sh`curl -sk --noproxy '*' -o /dev/null -w '%{http_code}' --max-time 5 ${url} || true`;
  const others = kubeadmVersions.filter(
    ([name, version]) => name !== first.name && version !== kubernetesVersion,
  );
  const unboundOf = async () => {
    if (others.length === 0 || (await first.ask(hasBinding))) return [];
    const asked = others.map(async ([name, version]) =>
      (await fleet.host(name).ask(wantsBinding(version))) ? [name] : [],
    );
    return (await Promise.all(asked)).flat();
  };
  const [clusterInfo, unbound] = await Promise.all([
    first.ask(remoteQuery(anonymous, (out) => out.trim())),
    unboundOf(),
  ]);
  return { clusterInfo, unbound };
}

/** Problems that would appear only after a join has started, or only with kubectl logs. */
export function joiningProblems({ clusterInfo, unbound }: Joining, first: string): Problem[] {
  const problems = unbound.map((name) =>
    blocker(
      name,
      `its kubeadm creates an apiserver that this cluster's kubelets reject: kubectl logs and exec would fail (no ClusterRoleBinding ${BINDING})`,
      `on ${first}: kubectl --kubeconfig /etc/kubernetes/admin.conf create clusterrolebinding ${BINDING} --clusterrole=system:kubelet-api-admin --user=kube-apiserver-kubelet-client`,
    ),
  );
  if (clusterInfo === "200") return problems;
  return [
    ...problems,
    blocker(
      first,
      `ConfigMap kube-public/cluster-info cannot be read without a certificate (status ${clusterInfo}), which kubeadm join does first`,
      `on ${first}: kubeadm init phase bootstrap-token recreates the Role and its binding; if --authentication-config limits anonymous requests, allow that path until all machines have joined`,
    ),
  ];
}

import { httpsUrl } from "../../address.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { remoteQuery } from "../../machine/query.js";
import { APISERVER_PORT } from "../../ports.js";
import { sh } from "../../shell/shell.js";
import type { Problem } from "../step.js";
import { blocker } from "./machines.js";

const BINDING = "kubeadm:apiserver-kubelet-client";

/** What the API must let machines do that are to join, and their apiservers. */
export interface Joining {
  /** The HTTP status of cluster-info without a certificate, as kubeadm join reads it first; 000 where nobody answered. */
  readonly clusterInfo: string;
  /** Machines whose kubeadm makes apiservers that kubelets refuse here. */
  readonly unbound: readonly string[];
}

/** An admin.conf that may not look is a blocker of its own. */
const hasBinding = remoteQuery(
  sh`kubectl --kubeconfig /etc/kubernetes/admin.conf get clusterrolebinding ${BINDING} -o name --ignore-not-found 2>/dev/null || echo unknown`,
  (out) => out.trim() !== "",
);

/**
 * Whether the machine's kubeadm gives apiservers a certificate for kubelets that is in no group, so that only a
 * ClusterRoleBinding lets them in: patch releases changed that (kubernetes#138957; phases/certs/certlist.go:321 of 1.33.13).
 */
const wantsBinding = (version: string) =>
  remoteQuery(
    sh`folder=$(mktemp -d) || exit; trap 'rm -rf "$folder"' EXIT
for cert in ca apiserver-kubelet-client; do kubeadm init phase certs "$cert" --kubernetes-version ${version} --cert-dir "$folder" >/dev/null 2>&1 || exit 0; done
openssl x509 -noout -subject -nameopt multiline -in "$folder/apiserver-kubelet-client.crt"`,
    (out) => out.includes("commonName") && !out.includes("organizationName"),
  );

/** Asks on the first master, and on those of the machines whose kubeadm is not of the cluster's own patch release. */
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

/** What would fail after a join has begun, or be found only by whoever asks for logs. */
export function joiningProblems({ clusterInfo, unbound }: Joining, first: string): Problem[] {
  const problems = unbound.map((name) =>
    blocker(
      name,
      `its kubeadm makes an apiserver that kubelets of this cluster refuse: kubectl logs and exec would fail (no ClusterRoleBinding ${BINDING})`,
      `on ${first}: kubectl --kubeconfig /etc/kubernetes/admin.conf create clusterrolebinding ${BINDING} --clusterrole=system:kubelet-api-admin --user=kube-apiserver-kubelet-client`,
    ),
  );
  if (clusterInfo === "200") return problems;
  return [
    ...problems,
    blocker(
      first,
      `nobody reads ConfigMap kube-public/cluster-info without a certificate (status ${clusterInfo}), which is the first that kubeadm join does`,
      `on ${first}: kubeadm init phase bootstrap-token makes the Role and its binding anew; where --authentication-config limits anonymous requests, allow that path until all have joined`,
    ),
  ];
}

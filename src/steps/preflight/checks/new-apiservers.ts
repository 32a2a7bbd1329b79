import { posix } from "node:path";
import { isWithin, KUBEADM_MOUNTS, neededPaths } from "../../../config-files/static-pod-paths.js";
import { BIND_ADDRESS } from "../../../config-files/bind-address-patch.js";
import { flags, hostMounts } from "../../../config-files/static-pod.js";
import { firstMaster } from "../../../inventory/targets.js";
import { readFile } from "../../../machine/files.js";
import { MANIFESTS } from "../../../machine/static-pods.js";
import {
  apiserverArgs,
  clusterConfiguration,
  parseClusterConfiguration,
} from "../../../cluster/kubeadm-config.js";
import { masterStates, pending } from "../../../cluster/masters.js";
import { sharesApiserverPort } from "../../../inventory/haproxy-ports.js";
import type { Problem } from "../../step.js";
import { blocker, type PreflightCheck } from "../check.js";

/** The flags that kubeadm itself sets on kube-apiserver, 1.17 to 1.37 (cmd/kubeadm/app/phases/controlplane/manifests.go). */
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
/** The most commonly edited of these flags, with kubeadm's values. */
const KUBEADM_VALUES: Readonly<Record<string, string>> = {
  "authorization-mode": "Node,RBAC",
  "enable-admission-plugins": "NodeRestriction",
};

interface Found {
  readonly clusterConfiguration: string;
  /** kube-apiserver's manifest on the first master; empty if it has none. */
  readonly manifest: string;
  /** Whether masters have yet to join. */
  readonly mastersJoin: boolean;
}

/** New apiservers are created from the ClusterConfiguration: it contains what the first one's manifest contains. */
export const newApiservers: PreflightCheck<Found> = {
  id: "new-apiservers",
  probe: async (fleet) => {
    const [configuration, file, states] = await Promise.all([
      clusterConfiguration(fleet),
      fleet.firstMaster.ask(readFile(`${MANIFESTS}/kube-apiserver.yaml`)),
      masterStates(fleet),
    ]);
    const mastersJoin = pending(states).length > 0;
    return { clusterConfiguration: configuration, manifest: file?.content ?? "", mastersJoin };
  },
  problems: ({ manifest, clusterConfiguration: configuration, mastersJoin }, inventory) => {
    if (manifest === "" || !mastersJoin) return [];
    const { name, address } = firstMaster(inventory);
    const patched = sharesApiserverPort(inventory, name) ? { [BIND_ADDRESS]: address } : {};
    return [
      ...flagProblems(manifest, configuration, name, patched),
      ...mountProblems(manifest, configuration, name),
    ].map((problem) => withPatches(problem, inventory.kubeadm.patches));
  },
};

/** Patches may provide the setting on new masters, which the operator must check: the blocker becomes a warning. */
function withPatches(problem: Problem, patches: string | undefined): Problem {
  if (patches === undefined) return problem;
  const fix = `make sure that the patches in ${patches} on each new master contain it; or ${problem.fix}`;
  return { ...problem, severity: "warning", fix };
}

/**
 * Flags that are only in the manifest: new masters are created from the ClusterConfiguration, without them.
 * @param patched the flags that a k8s-ha patch sets on this apiserver
 */
function flagProblems(
  manifest: string,
  configuration: string,
  first: string,
  patched: Readonly<Record<string, string>>,
): Problem[] {
  const configured = apiserverArgs(parseClusterConfiguration(configuration));
  const alone = flags(manifest).filter(
    ([name, value]) =>
      !configured.has(name) &&
      patched[name] !== value &&
      (!KUBEADM_FLAGS.has(name) || (KUBEADM_VALUES[name] ?? value) !== value),
  );
  const bound = alone.filter(([name]) => name === BIND_ADDRESS).map(([, value]) => onlyHere(first, value));
  const missing = alone.filter(([name]) => name !== BIND_ADDRESS).map(([name]) => `--${name}`);
  if (missing.length === 0) return bound;
  const names = [...new Set(missing)].join(", ");
  const what = `kube-apiserver has flags that are missing from kubeadm's ClusterConfiguration: ${names}`;
  const fix =
    "add them to apiServer.extraArgs, and their files to extraVolumes: kubectl -n kube-system edit configmap kubeadm-config";
  return [...bound, blocker(first, what, fix)];
}

function onlyHere(host: string, address: string): Problem {
  return {
    severity: "warning",
    host,
    what: `kube-apiserver listens only on ${address} (--${BIND_ADDRESS} in its manifest); new masters' apiservers will listen on all addresses`,
    fix: `keep it, or remove the flag from ${MANIFESTS}/kube-apiserver.yaml; in apiServer.extraArgs it would apply to every master`,
  };
}

/** Mounts that are only in the manifest: a new apiserver would not see the files that its flags reference in them. */
function mountProblems(manifest: string, configuration: string, first: string): Problem[] {
  const { apiServer, etcd } = parseClusterConfiguration(configuration);
  const { caFile, certFile, keyFile } = etcd?.external ?? {};
  const configured = [
    ...(apiServer?.extraVolumes ?? []).map(({ hostPath }) => posix.resolve(hostPath)),
    ...[caFile, certFile, keyFile].flatMap((path) => (path === undefined ? [] : [posix.dirname(path)])),
  ];
  const named = neededPaths(manifest).filter(({ same, use }) => same || use === "written");
  return hostMounts(manifest)
    .map(({ path }) => path)
    .filter((path) => !KUBEADM_MOUNTS.includes(path) && !configured.includes(path))
    .map((path) => ({
      severity: named.some((one) => isWithin(one.path, path)) ? "blocker" : "warning",
      host: first,
      what: `kube-apiserver mounts ${path}, which is missing from kubeadm's ClusterConfiguration`,
      fix: "add it to apiServer.extraVolumes: kubectl -n kube-system edit configmap kubeadm-config",
    }));
}

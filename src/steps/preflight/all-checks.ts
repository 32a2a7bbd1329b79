import type { PreflightCheck } from "./check.js";
import { addressReferences } from "./checks/address-references.js";
import { adminAccess } from "./checks/admin-access.js";
import { anonymousReadyz } from "./checks/anonymous-readyz.js";
import { apiserver } from "./checks/apiserver.js";
import { backupEncryption } from "./checks/backup-encryption.js";
import { boot } from "./checks/boot.js";
import { caKey } from "./checks/ca-key.js";
import { certificates } from "./checks/certificates.js";
import { certificatesDirectory } from "./checks/certificates-directory.js";
import { clocks } from "./checks/clocks.js";
import { clusterInfo } from "./checks/cluster-info.js";
import { diskSpace } from "./checks/disk-space.js";
import { etcdLayout } from "./checks/etcd-layout.js";
import { etcdVersion } from "./checks/etcd-version.js";
import { externalEndpoint } from "./checks/external-endpoint.js";
import { formerEndpoint } from "./checks/former-endpoint.js";
import { health } from "./checks/health.js";
import { kubeadmPreflight } from "./checks/kubeadm-preflight.js";
import { kubeadmVersion } from "./checks/kubeadm-version.js";
import { kubeletClient } from "./checks/kubelet-client.js";
import { kubeletKubeconfig } from "./checks/kubelet-kubeconfig.js";
import { nodeSettings } from "./checks/node-settings.js";
import { operatingSystem } from "./checks/operating-system.js";
import { patches } from "./checks/patches.js";
import { ports } from "./checks/ports.js";
import { proxyVariables } from "./checks/proxy-variables.js";
import { reachability } from "./checks/reachability.js";
import { secondAddress } from "./checks/second-address.js";
import { sharedFlags } from "./checks/shared-flags.js";
import { staticPodSettings } from "./checks/static-pod-settings.js";
import { staticPods } from "./checks/static-pods.js";
import { testedVersion } from "./checks/tested-version.js";
import { tools } from "./checks/tools.js";
import { unlistedNodes } from "./checks/unlisted-nodes.js";
import { vip } from "./checks/vip.js";
import { virtualRouterId } from "./checks/virtual-router-id.js";
import { workerNetwork } from "./checks/worker-network.js";
import { workerPrograms } from "./checks/worker-programs.js";
import { workerState } from "./checks/worker-state.js";

/** All preflight checks, in the order in which their problems are reported. */
export const allChecks: readonly PreflightCheck[] = [
  operatingSystem,
  tools,
  backupEncryption,
  diskSpace,
  clocks,
  boot,
  caKey,
  certificatesDirectory,
  apiserver,
  adminAccess,
  etcdLayout,
  etcdVersion,
  formerEndpoint,
  addressReferences,
  sharedFlags,
  staticPodSettings,
  proxyVariables,
  health,
  testedVersion,
  kubeadmVersion,
  kubeletClient,
  kubeletKubeconfig,
  anonymousReadyz,
  clusterInfo,
  staticPods,
  certificates,
  nodeSettings,
  patches,
  kubeadmPreflight,
  secondAddress,
  unlistedNodes,
  vip,
  virtualRouterId,
  ports,
  reachability,
  workerState,
  workerPrograms,
  workerNetwork,
  externalEndpoint,
];

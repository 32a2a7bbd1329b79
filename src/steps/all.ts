import { backup } from "./backup/backup.js";
import { apiserverCertificate } from "./certificates/apiserver-certificate.js";
import { clusterConfiguration } from "./certificates/cluster-configuration.js";
import { servingCertificate } from "./certificates/serving-certificate.js";
import { clear } from "./control-plane/clear.js";
import { images } from "./control-plane/images.js";
import { join } from "./control-plane/join.js";
import { pki } from "./control-plane/pki.js";
import { startMember } from "./control-plane/start-member.js";
import { staticPodFiles } from "./control-plane/static-pod-files.js";
import { addOns } from "./endpoint/add-ons.js";
import { adminKubeconfig } from "./endpoint/admin-kubeconfig.js";
import { clusterInfo } from "./endpoint/cluster-info.js";
import { componentKubeconfigs } from "./endpoint/component-kubeconfigs.js";
import { endpointName } from "./endpoint/endpoint-name.js";
import { kubeProxy } from "./endpoint/kube-proxy.js";
import { kubeadmConfig } from "./endpoint/kubeadm-config.js";
import { kubeletKubeconfig } from "./endpoint/kubelet-kubeconfig.js";
import { advertise } from "./handover/advertise.js";
import { kubeProxyRollout } from "./handover/kube-proxy-rollout.js";
import { revoke } from "./handover/revoke.js";
import { bindAddress } from "./load-balancer/bind-address.js";
import { firewall } from "./load-balancer/firewall.js";
import { haproxy, standbyHaproxy } from "./load-balancer/haproxy.js";
import { loadBalancerImages } from "./load-balancer/images.js";
import { keepalived, standbyKeepalived } from "./load-balancer/keepalived.js";
import { nonlocalBind } from "./load-balancer/nonlocal-bind.js";
import { loadBalancerPackages } from "./load-balancer/packages.js";
import { selinux } from "./load-balancer/selinux.js";
import { preflight } from "./preflight/preflight.js";
import type { Step } from "./step.js";
import { joinWorkers } from "./workers/join-workers.js";

/** All built-in steps. The playbook defines their order, not this list. */
export const allSteps: readonly Step[] = [
  addOns,
  adminKubeconfig,
  advertise,
  apiserverCertificate,
  backup,
  bindAddress,
  clear,
  clusterConfiguration,
  clusterInfo,
  componentKubeconfigs,
  endpointName,
  firewall,
  haproxy,
  images,
  join,
  joinWorkers,
  keepalived,
  kubeProxy,
  kubeProxyRollout,
  kubeadmConfig,
  kubeletKubeconfig,
  loadBalancerImages,
  loadBalancerPackages,
  nonlocalBind,
  pki,
  preflight,
  revoke,
  selinux,
  servingCertificate,
  standbyHaproxy,
  standbyKeepalived,
  startMember,
  staticPodFiles,
];

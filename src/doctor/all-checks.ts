import { boot } from "../steps/preflight/checks/boot.js";
import { certificates } from "../steps/preflight/checks/certificates.js";
import { clocks } from "../steps/preflight/checks/clocks.js";
import { health } from "../steps/preflight/checks/health.js";
import { kubeletKubeconfig } from "../steps/preflight/checks/kubelet-kubeconfig.js";
import { runningSettings } from "../steps/preflight/checks/static-pod-settings.js";
import { shared, type DoctorCheck } from "./check.js";
import { certificateDates } from "./checks/certificate-dates.js";
import { deadServersCheck } from "./checks/dead-servers.js";
import { etcdSize } from "./checks/etcd-size.js";
import { etcdUpgrade } from "./checks/etcd-upgrade.js";
import { leftoverSecrets } from "./checks/leftover-secrets.js";
import { nextUpgrade } from "./checks/next-upgrade.js";
import { peerUrls } from "./checks/peer-urls.js";
import { removedFeatures } from "./checks/removed-features.js";
import { splitBrain } from "./checks/split-brain.js";
import { versionSkew } from "./checks/version-skew.js";

/** All checks of the doctor, in the order in which they are reported. */
export const doctorChecks: readonly DoctorCheck[] = [
  shared(health, { title: "nodes, control-plane pods and etcd members are healthy, and etcd has no alarm" }),
  peerUrls,
  etcdSize,
  etcdUpgrade,
  shared(certificates, { title: "certificates of kubeadm are signed by their CAs, and fit their keys" }),
  certificateDates,
  deadServersCheck,
  shared(kubeletKubeconfig, { title: "kubelets use the kubeconfig of kubeadm" }),
  shared(runningSettings, { title: "kubeadm-config describes the static pods that run" }),
  leftoverSecrets,
  splitBrain,
  versionSkew,
  shared(clocks, { title: "clocks agree", needsAllHosts: true }),
  shared(boot, { title: "nodes come back after a reboot" }),
  nextUpgrade,
  removedFeatures,
];

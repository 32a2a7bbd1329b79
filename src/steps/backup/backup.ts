import type { BackupChange } from "../../changes/backup.js";
import { members } from "../../machine/fleet.js";
import { kubeadmFacts } from "../cluster.js";
import type { Problem, Step } from "../step.js";

const PATHS = {
  controlPlane: [
    "/etc/kubernetes",
    "/var/lib/kubelet/config.yaml",
    "/var/lib/kubelet/kubeadm-flags.env",
    "/var/lib/kubelet/pki",
    "/etc/default/kubelet",
    "/etc/sysconfig/kubelet",
  ],
  loadBalancers: ["/etc/haproxy", "/etc/keepalived", "/etc/sysctl.d", "/etc/sysctl.conf", "/etc/firewalld"],
};

interface Facts {
  readonly nodeName: string;
}

/** Saves everything the migration touches, before it touches anything. */
export const backup: Step<Facts> = {
  id: "backup",
  title: "Back up etcd, files and cluster objects",
  why: "Every later step can be undone from it by hand, even with this program gone.",
  rollout: "together",
  onlyBesideOthers: true,
  probe: kubeadmFacts,
  plan({ nodeName }, inventory) {
    const { hostDirectory, operatorCopy, operatorDirectory, passphraseFile } = inventory.backup;
    const first = inventory.controlPlane[0]?.name;
    const changes = members(inventory).map(({ name, group }): BackupChange => ({
      kind: "backup",
      host: name,
      paths: group === "loadBalancers" ? PATHS.loadBalancers : PATHS.controlPlane,
      directory: hostDirectory,
      operatorCopy,
      ...(name === first && { etcdOf: nodeName }),
      operatorDirectory,
      ...(passphraseFile !== undefined && { passphraseFile }),
    }));
    const problems: Problem[] =
      operatorCopy === "none"
        ? [
            {
              severity: "warning",
              what: "the backup stays on the hosts alone",
              fix: "set backup.operatorCopy to `encrypted` (or `plain`: it holds private keys) to have a copy here too",
            },
          ]
        : [];
    return { changes, problems };
  },
};

import type { BackupChange } from "../../changes/backup.js";
import { members, type Group } from "../../inventory/targets.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { isWithin } from "../../config-files/static-pod-paths.js";
import { homeKubeconfigs } from "../../machine/kubeconfigs.js";
import { kubeadmFacts } from "../../cluster/kubeadm-config.js";
import { etcdDataDir, etcdLayout } from "../../cluster/etcd-layout.js";
import type { Problem, Step } from "../step.js";

const NODE_PATHS = [
  "/etc/kubernetes",
  "/var/lib/kubelet/config.yaml",
  "/var/lib/kubelet/kubeadm-flags.env",
  "/var/lib/kubelet/instance-config.yaml",
  "/var/lib/kubelet/pki",
  "/etc/default/kubelet",
  "/etc/sysconfig/kubelet",
];
const PATHS: Readonly<Record<Group, readonly string[]>> = {
  controlPlane: NODE_PATHS,
  workers: NODE_PATHS,
  loadBalancers: [
    "/etc/haproxy",
    "/etc/keepalived",
    "/etc/sysctl.d",
    "/etc/sysctl.conf",
    "/etc/firewalld",
    "/etc/ufw",
  ],
};

/** The patches directory, if the backup does not already include it. */
function elsewhere(patches: string | undefined): string[] {
  return patches === undefined || isWithin(patches, "/etc/kubernetes") ? [] : [patches];
}

interface Facts {
  /** The first master's etcd data directory; `null` if etcd is external. */
  readonly dataDir: string | null;
  /** Host → kubeconfig files in home directories, which the migration may edit. */
  readonly homes: ReadonlyMap<string, readonly string[]>;
}

async function facts(fleet: ReadOnlyFleet): Promise<Facts> {
  const homes = fleet.hosts("controlPlane", "workers").map(async (host) => {
    const files = await host.ask(homeKubeconfigs(host.user));
    return [host.name, files.filter(({ unusable }) => !unusable).map(({ path }) => path)] as const;
  });
  const [{ clusterConfiguration }, found] = await Promise.all([kubeadmFacts(fleet), Promise.all(homes)]);
  const isExternal = etcdLayout(clusterConfiguration, fleet.inventory) === "external";
  const dataDir = isExternal ? null : etcdDataDir(clusterConfiguration);
  return { dataDir, homes: new Map(found) };
}

/** Saves everything that the migration changes, before the first change. */
export const backup: Step<Facts> = {
  id: "backup",
  title: "Back up etcd, files and cluster objects",
  why: "Every later step can be undone manually from this backup, even without k8s-ha.",
  mandatory: "it saves what the other steps change, before they change it",
  rollout: "together",
  on: "all",
  onlyBesideOthers: true,
  probe: facts,
  plan({ dataDir, homes }, inventory) {
    const { hostDirectory, operatorCopy, operatorDirectory, passphraseFile } = inventory.backup;
    const first = inventory.controlPlane[0]?.name;
    const changes = members(inventory).map(({ name, groups }): BackupChange => ({
      kind: "backup",
      host: name,
      paths: [
        ...groups.flatMap((group) => PATHS[group]),
        ...(groups.includes("controlPlane") ? elsewhere(inventory.kubeadm.patches) : []),
        ...(homes.get(name) ?? []),
      ],
      directory: hostDirectory,
      operatorCopy,
      ...(name === first && { etcd: dataDir === null ? "external" : { dataDir } }),
      operatorDirectory,
      ...(passphraseFile !== undefined && { passphraseFile }),
    }));
    const problems: Problem[] =
      operatorCopy === "none"
        ? [
            {
              severity: "warning",
              what: "the backup is stored only on the hosts",
              fix: "to keep a copy on this machine too, set backup.operatorCopy to `encrypted`; or to `plain`, which stores the private keys in it unencrypted",
            },
          ]
        : [];
    return { changes, problems };
  },
};

import { httpsUrl } from "../../address.js";
import type { Change } from "../../changes/change.js";
import type { RestartableComponent } from "../../changes/static-pod-restart.js";
import type { Inventory } from "../../inventory/schema.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { kubeconfigs, type KubeconfigState } from "../../machine/kubeconfigs.js";
import { controlPlanePods } from "../../cluster/kubernetes.js";
import { APISERVER_PORT } from "../../ports.js";
import { masterStates } from "../../cluster/masters.js";
import { check, type Problem, type Step } from "../step.js";

const COMPONENTS = [
  { component: "kube-controller-manager", path: "/etc/kubernetes/controller-manager.conf" },
  { component: "kube-scheduler", path: "/etc/kubernetes/scheduler.conf" },
] as const;

/** The drawback of `endpoint` in each later upgrade. */
const SKEW: Problem = {
  severity: "warning",
  what: "with cluster.kubeconfigs: endpoint, controller-manager and scheduler connect to apiservers older than themselves during an upgrade, which Kubernetes' version skew policy does not allow (kubernetes#94398)",
  fix: "set cluster.kubeconfigs: local, kubeadm's default; or upgrade all apiservers first",
};

interface HostFacts {
  readonly name: string;
  readonly address: string;
  /** Whether kubeadm writes these files later, when the machine joins. */
  readonly pending: boolean;
  readonly files: readonly KubeconfigState[];
  /** When each component's container was started: seconds since the epoch, whole. */
  readonly startedAt: Readonly<Record<string, number>>;
}
interface Facts {
  readonly hosts: readonly HostFacts[];
}

async function facts(fleet: ReadOnlyFleet): Promise<Facts> {
  const paths = COMPONENTS.map(({ path }) => path);
  const [states, pods, kept] = await Promise.all([
    masterStates(fleet),
    controlPlanePods(fleet),
    Promise.all(fleet.hosts("controlPlane").map((host) => host.ask(kubeconfigs(paths)))),
  ]);
  const hosts = states.map(({ name, address, state }, index) => {
    const files = kept[index] ?? [];
    const startedAt: Record<string, number> = {};
    for (const pod of pods) {
      const component = pod.metadata.labels?.["component"];
      const started = pod.status.containerStatuses?.[0]?.state?.running?.startedAt;
      const onHost = pod.status.hostIP === address;
      if (component !== undefined && started !== undefined && onHost)
        startedAt[component] = Date.parse(started) / 1000;
    }
    return { name, address, pending: state !== "joined", files, startedAt };
  });
  return { hosts };
}

function wanted(inventory: Inventory, address: string): string {
  return inventory.cluster.kubeconfigs === "endpoint"
    ? inventory.cluster.endpoint.url
    : httpsUrl(address, APISERVER_PORT);
}

/**
 * Points controller-manager and scheduler to the server that the inventory sets. It runs after the joins: a standby then
 * takes over at once, and no join waits 15 s for a new leader to sign its certificate.
 */
export const componentKubeconfigs: Step<Facts> = {
  id: "component-kubeconfigs",
  title: "Point controller-manager and scheduler to their API server",
  why: "With `endpoint`, they survive a failure of their own apiserver; with `local`, kubeadm's default since 1.19.1, they never connect to an older apiserver during an upgrade.",
  requires: [
    { steps: ["join"], why: "a standby takes over while controller-manager and scheduler restart" },
    { steps: ["kube-proxy-rollout"], why: "rollouts pause while the controller-managers elect a new leader" },
  ],
  rollout: "one-by-one",
  on: "masters",
  probe: facts,
  plan({ hosts }, inventory) {
    const changes = hosts.flatMap((host) => planHost(host, inventory));
    const toEndpoint = changes.length > 0 && inventory.cluster.kubeconfigs === "endpoint";
    return { changes, problems: toEndpoint ? [SKEW] : [] };
  },
  async verify(fleet) {
    const { hosts } = await facts(fleet);
    return hosts.flatMap(({ name, address, pending, files }) =>
      pending
        ? []
        : files.map(({ path, servers }) =>
            check(name, `server in ${path}`, wanted(fleet.inventory, address), servers.join(", ")),
          ),
    );
  },
};

function planHost({ name, address, pending, files, startedAt }: HostFacts, inventory: Inventory): Change[] {
  const to = wanted(inventory, address);
  const edits: Change[] = [];
  const restarts: RestartableComponent[] = [];
  for (const { component, path } of COMPONENTS) {
    const file = files.find((f) => f.path === path);
    // kubeadm writes a new master's files with its own apiserver (since 1.19.1, kubernetes#94398).
    const servers = pending ? [httpsUrl(address, APISERVER_PORT)] : (file?.servers ?? []);
    const old = [...new Set(servers)].filter((server) => server !== to);
    edits.push(...old.map((from): Change => ({ kind: "kubeconfig", host: name, path, from, to })));
    // A single-file mount keeps the old inode: the pod sees the new file only after it is recreated.
    const started = startedAt[component];
    const stale =
      !pending && file !== undefined && started !== undefined && Math.floor(file.modified) > started;
    if (old.length > 0 || stale) restarts.push(component);
  }
  if (restarts.length === 0) return [];
  return [...edits, { kind: "static-pod-restart", host: name, components: restarts }];
}

import type { Change } from "../../changes/change.js";
import {
  BIND_ADDRESS,
  BIND_ADDRESS_PATCH,
  bindAddressPatch,
  PATCHES,
} from "../../config-files/bind-address-patch.js";
import { flag } from "../../config-files/static-pod.js";
import { holds, since } from "../../config-files/kubeadm-versions.js";
import { sharesApiserverPort } from "../../inventory/haproxy-ports.js";
import type { Inventory } from "../../inventory/schema.js";
import { readFile, type FileState } from "../../machine/files.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { listeningAddresses } from "../../machine/network.js";
import { MANIFESTS } from "../../machine/static-pods.js";
import { APISERVER_PORT } from "../../ports.js";
import {
  apiserverArgs,
  clusterConfiguration,
  parseClusterConfiguration,
} from "../../cluster/kubeadm-config.js";
import { ensureFile } from "../ensure.js";
import { masterStates, pending } from "../../cluster/masters.js";
import { check, type Check, type Problem, type Step } from "../step.js";

interface HostFacts {
  readonly name: string;
  readonly address: string;
  /** Whether it is a master already; another step resets an incomplete join. */
  readonly serves: boolean;
  /** Value of --bind-address; absent if the flag is not set and the apiserver listens on every address. */
  readonly bound?: string;
  readonly patch?: FileState;
}
interface Facts {
  readonly clusterConfiguration: string;
  readonly hosts: readonly HostFacts[];
}

async function facts(fleet: ReadOnlyFleet): Promise<Facts> {
  const states = masterStates(fleet);
  const hosts = fleet.hosts("controlPlane").map(async (host): Promise<HostFacts> => {
    const [waiting, manifest, patch] = await Promise.all([
      states.then(pending),
      host.ask(readFile(`${MANIFESTS}/kube-apiserver.yaml`)),
      host.ask(readFile(BIND_ADDRESS_PATCH)),
    ]);
    const bound = manifest && flag(manifest.content, BIND_ADDRESS);
    return {
      name: host.name,
      address: host.address,
      serves: waiting.every(({ name }) => name !== host.name),
      ...(bound !== undefined && { bound }),
      ...(patch && { patch }),
    };
  });
  const [text, found] = await Promise.all([clusterConfiguration(fleet), Promise.all(hosts)]);
  return { clusterConfiguration: text, hosts: found };
}

/** Where haproxy uses the apiserver's port on a master: binds the apiserver to the machine's own address. */
export const bindAddress: Step<Facts> = {
  id: "bind-address",
  title: "Bind the apiservers to their own addresses",
  why: "An apiserver listens on every address by default, so haproxy cannot bind the VIP on the same port.",
  rollout: "one-by-one",
  on: "masters",
  probe: facts,
  plan({ clusterConfiguration: text, hosts }, inventory) {
    const sharing = hosts.filter(({ name }) => sharesApiserverPort(inventory, name));
    if (sharing.length === 0) return { changes: [] };
    const problems = obstacles(text, inventory);
    if (problems.length > 0) return { changes: [], problems };
    const isOnly = hosts.filter(({ serves }) => serves).length === 1;
    return { changes: sharing.flatMap((host) => planHost(host, isOnly)) };
  },
  settleSeconds: 60,
  async verify(fleet) {
    const { hosts } = await facts(fleet);
    const checks = hosts
      .filter(({ name }) => sharesApiserverPort(fleet.inventory, name))
      .map(async ({ name, address, serves, bound, patch }): Promise<Check[]> => {
        const isThere = patch?.content === bindAddressPatch(address);
        const listens = await fleet.host(name).ask(listeningAddresses("kube-apiserver", APISERVER_PORT));
        return [
          check(name, BIND_ADDRESS_PATCH, "as written", isThere ? "as written" : "different"),
          ...(serves
            ? [
                check(name, `--${BIND_ADDRESS} of the apiserver`, address, bound ?? "none"),
                check(name, "the apiserver listens on", address, listens.join(", ")),
              ]
            : []),
        ];
      });
    return (await Promise.all(checks)).flat();
  },
};

function planHost({ name, address, serves, bound, patch }: HostFacts, isOnly: boolean): Change[] {
  const content = bindAddressPatch(address);
  const restart: Change = {
    kind: "static-pod-flag",
    host: name,
    flag: BIND_ADDRESS,
    ...(bound !== undefined && { before: bound }),
    after: address,
    ...(isOnly && { isOnly }),
  };
  return [
    ...ensureFile(name, BIND_ADDRESS_PATCH, content, patch),
    ...(!serves || bound === address ? [] : [restart]),
  ];
}

/** What prevents kubeadm from setting a bind address for each apiserver. */
function obstacles(clusterConfigurationText: string, { controlPlane, kubeadm }: Inventory): Problem[] {
  const config = parseClusterConfiguration(clusterConfigurationText);
  const host = controlPlane[0]?.name ?? "";
  const otherPort = "or set another port in cluster.endpoint, such as 8443";
  const common = apiserverArgs(config).get(BIND_ADDRESS);
  const problems: Problem[] = [];
  if (!holds("patches", config.kubernetesVersion)) {
    const what = `kubeadm ${config.kubernetesVersion} cannot set --${BIND_ADDRESS} for each apiserver`;
    const fix = `upgrade the cluster to ${since("patches")} or later, ${otherPort}`;
    problems.push({ severity: "blocker", host, what, fix });
  }
  if (common !== undefined) {
    const what = `kubeadm's ClusterConfiguration sets --${BIND_ADDRESS}=${common} for all apiservers`;
    const fix = `remove it from apiServer.extraArgs (each apiserver gets its own value from ${PATCHES}): kubectl -n kube-system edit configmap kubeadm-config; ${otherPort}`;
    problems.push({ severity: "blocker", host, what, fix });
  }
  if (kubeadm.patches !== undefined && kubeadm.patches !== PATCHES) {
    const what = `kubeadm reads patches from only one folder, and ${kubeadm.patches} (kubeadm.patches) is not the folder with k8s-ha's --${BIND_ADDRESS} patch`;
    const fix = `move your patches to ${PATCHES} on each new master, and set kubeadm.patches to that folder; ${otherPort}`;
    problems.push({ severity: "blocker", host, what, fix });
  }
  return problems;
}

import { familyOf, hostPort, httpsUrl } from "../../address.js";
import type { Change } from "../../changes/change.js";
import { isKubeletLocal } from "../../config-files/kubeadm-versions.js";
import type { Endpoint } from "../../inventory/endpoint.js";
import type { Inventory } from "../../inventory/schema.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { KUBELET_CONF, kubeconfigs, type KubeconfigState } from "../../machine/kubeconfigs.js";
import { nodeAt, nodes, isReady } from "../../cluster/kubernetes.js";
import { peersOf } from "../../machine/network.js";
import { APISERVER_PORT } from "../../ports.js";
import { kubeadmFacts, parseClusterConfiguration } from "../../cluster/kubeadm-config.js";
import { check, type Step } from "../step.js";
import { CERTIFICATE_FIRST } from "./certificate-first.js";

interface Facts {
  /** Whether kubeadm keeps a master's kubelet on its own apiserver (ControlPlaneKubeletLocalMode). */
  readonly isLocal: boolean;
  readonly hosts: readonly {
    readonly name: string;
    readonly isMaster: boolean;
    readonly node: string | undefined;
    /** Of the running kubelet, as its node states; absent in facts that earlier versions recorded. */
    readonly kubeletVersion?: string;
    readonly file: KubeconfigState | undefined;
    /** The apiservers that the running kubelet is connected to: `ADDRESS:PORT`. */
    readonly connectedTo: readonly string[];
  }[];
}

async function facts(fleet: ReadOnlyFleet): Promise<Facts> {
  const masters = new Set(fleet.inventory.controlPlane.map(({ name }) => name));
  const ports = [APISERVER_PORT, fleet.inventory.cluster.endpoint.port];
  const onHosts = fleet.hosts("controlPlane", "workers").map(async (host) => {
    const [[file], peers] = await Promise.all([
      host.ask(kubeconfigs([KUBELET_CONF])),
      host.ask(peersOf("kubelet")),
    ]);
    const connectedTo = peers.filter((peer) => ports.some((port) => peer.endsWith(`:${port}`)));
    return { host, file, connectedTo };
  });
  const [cluster, all, found] = await Promise.all([kubeadmFacts(fleet), nodes(fleet), Promise.all(onHosts)]);
  const { kubernetesVersion, featureGates } = parseClusterConfiguration(cluster.clusterConfiguration);
  const hosts = found.map(({ host, file, connectedTo }) => {
    const object = nodeAt(all, host.address);
    const kubeletVersion = object?.status.nodeInfo?.kubeletVersion;
    return {
      name: host.name,
      isMaster: masters.has(host.name),
      node: object?.metadata.name,
      ...(kubeletVersion !== undefined && { kubeletVersion }),
      file,
      connectedTo,
    };
  });
  return { isLocal: isKubeletLocal(kubernetesVersion, featureGates), hosts };
}

/** Points every node's kubelet to the endpoint, one node at a time. */
export const kubeletKubeconfig: Step<Facts> = {
  id: "kubelet-kubeconfig",
  title: "Point the kubelets to the endpoint, one node at a time",
  why: "A kubelet that connects only to the first master loses its node if that master fails.",
  requires: [CERTIFICATE_FIRST],
  rollout: "one-by-one",
  on: "nodes",
  // An interrupted run may just have restarted a kubelet.
  settleSeconds: 120,
  probe: facts,
  plan({ isLocal, hosts }, inventory) {
    const shared = inventory.cluster.endpoint;
    return {
      changes: hosts.flatMap(({ name, isMaster, node, kubeletVersion, file, connectedTo }): Change[] => {
        // A machine that has not joined yet reads the endpoint from cluster-info.
        if (file === undefined || node === undefined) return [];
        const own = inventory.controlPlane.find((master) => master.name === name)?.address;
        const server = isMaster && isLocal && own !== undefined ? apiserverAt(own) : shared;
        const { url: to } = server;
        const edits = [...new Set(file.servers)]
          .filter((from) => from !== to)
          .map((from): Change => ({ kind: "kubeconfig", host: name, path: KUBELET_CONF, from, to }));
        // A run interrupted between edit and restart leaves a kubelet on its former server.
        const elsewhere = isElsewhere(connectedTo, server, inventory);
        if (edits.length === 0 && !elsewhere) return [];
        const version = kubeletVersion !== undefined && { kubeletVersion };
        return [...edits, { kind: "kubelet-restart", host: name, node, ...version }];
      }),
    };
  },
  async verify(fleet) {
    const [{ isLocal, hosts }, all] = await Promise.all([facts(fleet), nodes(fleet)]);
    return hosts.flatMap(({ name, isMaster, node, file, connectedTo }) => {
      const { address } = fleet.host(name);
      const object = all.find((n) => n.metadata.name === node);
      if (file === undefined) return [];
      if (object === undefined) return [check(name, `node at ${address}`, "known to the cluster", "none")];
      const ready = check(name, `node ${node ?? ""}`, "Ready", isReady(object) ? "Ready" : "not Ready");
      const server = isMaster && isLocal ? apiserverAt(address) : fleet.inventory.cluster.endpoint;
      const to = server.url;
      const isThere = connectedTo.length > 0 && !isElsewhere(connectedTo, server, fleet.inventory);
      const peers = connectedTo.join(", ") || "not connected to any apiserver";
      return [
        check(name, `server in ${KUBELET_CONF}`, to, file.servers.join(", ")),
        check(name, "apiserver of the running kubelet", to, isThere ? to : peers),
        ready,
      ];
    });
  },
};

/** An apiserver, or the endpoint. */
type Server = Pick<Endpoint, "address" | "port" | "url">;

/** A master's own apiserver, as its kubelet must connect to it. */
function apiserverAt(address: string): Server {
  return { url: httpsUrl(address, APISERVER_PORT), address, port: APISERVER_PORT };
}

/** Whether a kubelet is connected past the endpoint; if the address behind a name is unknown: only to masters directly. */
function isElsewhere(
  connectedTo: readonly string[],
  { address: to, port }: Server,
  { controlPlane }: Inventory,
): boolean {
  if (connectedTo.length === 0) return false;
  if (familyOf(to) !== undefined) return !connectedTo.includes(hostPort(to, port));
  const masters = controlPlane.map(({ address }) => hostPort(address, APISERVER_PORT));
  return connectedTo.every((peer) => masters.includes(peer));
}

import { httpsUrl } from "../../address.js";
import type { Change } from "../../changes/change.js";
import type { JoinChange } from "../../changes/join.js";
import { etcdDatabaseBytes } from "../../cluster/etcd-database.js";
import { PATCHES } from "../../config-files/bind-address-patch.js";
import { shownProxies } from "../../config-files/proxy-variables.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { clusterCaHash } from "../../machine/certificates.js";
import { etcdMembers, memberAt, type EtcdMember } from "../../cluster/etcd.js";
import {
  nodeAt,
  controlPlaneMarks,
  isControlPlane,
  nodeReadiness,
  type ControlPlaneMarks,
  nodes,
} from "../../cluster/kubernetes.js";
import { httpStatus } from "../../machine/network.js";
import { sharesApiserverPort } from "../../inventory/haproxy-ports.js";
import type { Inventory } from "../../inventory/schema.js";
import { etcdPhases, isLearnerOff } from "../../config-files/kubeadm-versions.js";
import { APISERVER_PORT, ETCD_PORTS } from "../../ports.js";
import {
  clusterConfiguration,
  kubeadmFacts,
  parseClusterConfiguration,
  type KubeadmFacts,
} from "../../cluster/kubeadm-config.js";
import { etcdDataDir, etcdLayout, externalEtcdFiles } from "../../cluster/etcd-layout.js";
import { joinSocket } from "../../cluster/cri-socket.js";
import { ignored, ignoredOnMaster, triesPortsOfVip } from "../ignored-checks.js";
import { largeDatabase } from "./large-database.js";
import { masterStates, pending, type MasterState } from "../../cluster/masters.js";
import { proxyVariables } from "../../cluster/proxy-variables.js";
import { noRuntime } from "../no-runtime.js";
import { componentChecks } from "../health/components.js";
import { check, type Check, type Problem, type Step } from "../step.js";

interface Facts extends KubeadmFacts {
  readonly states: readonly MasterState[];
  readonly caCertHash: string;
  /** What marks a node as control plane in this cluster. */
  readonly marks: ControlPlaneMarks;
  /** The size of the first master's etcd database; absent without one. */
  readonly databaseBytes?: number;
  /** The proxy variables for kubeadm, without users and passwords; absent if there are none. */
  readonly proxy?: Readonly<Record<string, string>>;
}

/** Joins the new masters, one at a time. */
export const join: Step<Facts> = {
  id: "join",
  title: "Join new control-plane nodes, one at a time",
  why: "Before the next node joins, each node must serve the API, with stacked etcd also as a voting etcd member.",
  requires: [
    {
      steps: ["bind-address"],
      why: "if haproxy uses the apiservers' port on masters, an apiserver that listens on all addresses blocks that port on the VIP",
    },
    {
      steps: ["start-member", "clear", "images", "kubeadm-config", "cluster-info", "pki", "static-pod-files"],
      why: "etcd expects a new member to start as soon as it is added, so everything that the start requires must be in place",
    },
    {
      steps: [
        "kube-proxy",
        "add-ons",
        "kubelet-kubeconfig",
        "admin-kubeconfig",
        "advertise",
        "component-kubeconfigs",
      ],
      where: "anywhere",
      why: "clients that still use only the first master lose the API if it fails, regardless of the number of masters",
    },
    {
      steps: ["revoke"],
      where: "anywhere",
      why: "anyone who holds the tokens and the uploaded certificates could join another control-plane node",
    },
    {
      steps: ["standby-haproxy", "standby-keepalived"],
      where: "anywhere",
      why: "without them, a VIP managed by static pods cannot move to another master",
    },
  ],
  rollout: "one-by-one",
  on: "masters",
  settleSeconds: 60,
  async probe(fleet) {
    const [cluster, states, caCertHash, all, proxies, databaseBytes] = await Promise.all([
      kubeadmFacts(fleet),
      masterStates(fleet),
      fleet.firstMaster.ask(clusterCaHash),
      nodes(fleet),
      proxyVariables(fleet),
      fleet.firstMaster.ask(etcdDatabaseBytes),
    ]);
    const proxy = shownProxies(proxies);
    return {
      ...cluster,
      states,
      caCertHash,
      marks: controlPlaneMarks(all),
      ...(databaseBytes !== undefined && { databaseBytes }),
      ...(Object.keys(proxy).length > 0 && { proxy }),
    };
  },
  plan(facts, inventory) {
    const { kubernetesVersion, featureGates } = parseClusterConfiguration(facts.clusterConfiguration);
    const problems: Problem[] = [];
    const waiting = pending(facts.states);
    const joined = facts.states.length - waiting.length;
    const etcd = etcdLayout(facts.clusterConfiguration, inventory);
    const brought = externalEtcdFiles(facts.clusterConfiguration)?.map(({ path }) => path);
    const marks = facts.states
      .filter(({ lacksLabel }) => lacksLabel)
      .map(({ name, node }): Change => ({
        kind: "mark-control-plane",
        host: name,
        node: node ?? name,
        ...facts.marks,
      }));
    const { databaseBytes } = facts;
    const joins = waiting.flatMap((master, index): JoinChange[] => {
      if (master.name === inventory.controlPlane[0]?.name) {
        problems.push(notRecognised(master));
        return [];
      }
      if (master.state === "partial" && !master.isClearable) {
        problems.push(inUse(master));
        return [];
      }
      const { name: host, address } = master;
      const { secondAddress } = inventory.controlPlane.find(({ name }) => name === host) ?? {};
      const patches =
        inventory.kubeadm.patches ?? (sharesApiserverPort(inventory, host) ? PATCHES : undefined);
      const criSocket = joinSocket(master, inventory, kubernetesVersion);
      if (criSocket === undefined) {
        problems.push(noRuntime(master, inventory, kubernetesVersion));
        return [];
      }
      const joinIt: JoinChange = {
        kind: "join",
        host,
        kubernetesVersion,
        endpoint: inventory.cluster.endpoint.text,
        caCertHash: facts.caCertHash,
        nodeName: host,
        address,
        ...(secondAddress !== undefined && { secondAddress }),
        criSocket,
        ...(etcd === "stacked" && { etcdDataDir: etcdDataDir(facts.clusterConfiguration) }),
        ...(etcd === "stacked" && isLearnerOff(kubernetesVersion, featureGates) && { votesAtOnce: true }),
        ...(etcd === "stacked" && databaseBytes !== undefined && { estimate: { databaseBytes } }),
        ...(etcd === "first-master" && { skipPhases: etcdPhases(kubernetesVersion) }),
        ...(patches !== undefined && { patches }),
        ...(facts.proxy && { proxy: facts.proxy }),
        ...ignored(ignoredOnMaster(inventory, host, kubernetesVersion)),
        ...(inventory.cluster.pki === "copy"
          ? { certificates: "copied" }
          : { certificates: "uploaded", ...(brought && { brought }) }),
        members: joined + index + 1,
      };
      return [joinIt];
    });
    if (joins.length > 0) problems.push(...laterJoins(inventory, kubernetesVersion));
    problems.push(...joins.flatMap(largeDatabase));
    if (etcd === "stacked" && joins.length > 0) problems.push(...evenMasters(facts.states.length));
    return { changes: [...marks, ...joins], problems };
  },
  verify: controlPlaneChecks,
};

/** Warns that later manual joins fail if the apiservers advertise the VIP. */
function laterJoins(inventory: Inventory, kubernetesVersion: string): Problem[] {
  if (!triesPortsOfVip(inventory, kubernetesVersion)) return [];
  const checks = ETCD_PORTS.map((port) => `Port-${port}`);
  const what = `with cluster.advertise: endpoint, every later manual kubeadm join --control-plane fails its preflight checks ${checks.join(" and ")}`;
  const fix = `pass --ignore-preflight-errors=${checks.join(",")} to it, or set cluster.advertise: node`;
  return [{ severity: "warning", what, fix }];
}

/** Warns of an even number of masters: it raises the quorum, but not the number of failures tolerated. */
function evenMasters(count: number): Problem[] {
  if (count % 2 === 1) return [];
  const what = `${count} masters tolerate no more failures than ${count - 1} masters`;
  return [
    { severity: "warning", what, fix: "list an odd number of hosts under controlPlane: three, or five" },
  ];
}

/** The first master runs the cluster: if a part of it is not found, the operator must find out why; it is never reset. */
function notRecognised({ name, address, found }: MasterState): Problem {
  return {
    severity: "blocker",
    host: name,
    what: `the running master is not recognized as a control-plane node of this cluster; found only: ${found.join(", ") || "nothing"}`,
    fix: `check its etcd member (peer URL ${httpsUrl(address, 2380)}) and its node's control-plane label`,
  };
}

/** It is not an incomplete join to this cluster: a reset could destroy another cluster. */
function inUse({ name, found }: MasterState): Problem {
  return {
    severity: "blocker",
    host: name,
    what: `${name} is in use: it has ${found.join(", ") || "a node in this cluster"}`,
    fix: "if it is a worker of this cluster, drain and delete its node first; then make sure that nothing on it is in use, and run `kubeadm reset` on it",
  };
}

/** Checks that every master has a ready apiserver, its components and a Ready node, and that every etcd member votes. */
async function controlPlaneChecks(fleet: ReadOnlyFleet): Promise<Check[]> {
  const [text, members, all, components] = await Promise.all([
    clusterConfiguration(fleet),
    etcdMembers(fleet),
    nodes(fleet),
    componentChecks(fleet, fleet.hosts("controlPlane")),
  ]);
  const etcd = etcdLayout(text, fleet.inventory);
  const first = fleet.firstMaster.name;
  const checks = fleet.hosts("controlPlane").map(async (host): Promise<Check[]> => {
    const status = await host.ask(httpStatus(`${httpsUrl(host.address, APISERVER_PORT)}/readyz`));
    const node = nodeAt(all, host.address);
    const wanted = etcd === "stacked" || host.name === first ? VOTES : "none";
    const own = inWords(memberAt(members, host.address));
    return [
      ...(etcd === "external" ? [] : [check(host.name, "etcd member", wanted, own)]),
      check(host.name, `${httpsUrl(host.address, APISERVER_PORT)}/readyz`, "200", String(status)),
      check(host.name, "node", "Ready", nodeReadiness(node)),
      check(
        host.name,
        "control-plane label of its node",
        "set",
        node && isControlPlane(node) ? "set" : "missing",
      ),
      ...components.filter((component) => component.host === host.name),
    ];
  });
  const external = etcd === "external" ? members : [];
  const own = fleet.hosts("controlPlane").map(({ address }) => memberAt(members, address));
  const others = etcd === "external" ? [] : members.filter((member) => !own.includes(member));
  const names = others.map(({ name, peerURLs }) => name || peerURLs.join());
  return [
    ...(etcd === "external"
      ? []
      : [
          check(
            first,
            "etcd members that are no master of the inventory",
            "none",
            names.join(", ") || "none",
          ),
        ]),
    ...external.map((member) =>
      check(first, `external etcd member ${member.name || member.peerURLs.join()}`, VOTES, inWords(member)),
    ),
    ...(await Promise.all(checks)).flat(),
  ];
}

const VOTES = "started, voter, healthy";

function inWords(member: EtcdMember | undefined): string {
  if (member === undefined) return "none";
  return [
    member.name === "" ? "not started" : "started",
    member.isLearner ? "learner" : "voter",
    member.healthy ? "healthy" : "not healthy",
  ].join(", ");
}

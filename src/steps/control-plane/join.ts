import type { Change } from "../../changes/change.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { caCertHash, certificate, CLUSTER_CA } from "../../machine/certificates.js";
import { etcdMembers, memberAt, type EtcdMember } from "../../machine/etcd.js";
import { APISERVER_PORT } from "../../machine/kubectl.js";
import { isReady, nodeAt, nodes } from "../../machine/kubernetes.js";
import { httpStatus } from "../../machine/network.js";
import { etcdDataDir, kubeadmFacts, parseClusterConfiguration, type KubeadmFacts } from "../cluster.js";
import { joinSocket } from "../cri-socket.js";
import { masterStates, pending, type MasterState } from "../masters.js";
import { noRuntime } from "./no-runtime.js";
import { check, type Check, type Problem, type Step } from "../step.js";

interface Facts extends KubeadmFacts {
  readonly states: readonly MasterState[];
  readonly caCertHash: string;
}

/** Joins the new masters, one after the other. */
export const join: Step<Facts> = {
  id: "join",
  title: "Join the new masters, one after the other",
  why: "Each becomes a full etcd member, healthy, before the next one is let in.",
  rollout: "one-by-one",
  on: "masters",
  settleSeconds: 60,
  async probe(fleet) {
    const [cluster, states, ca] = await Promise.all([
      kubeadmFacts(fleet),
      masterStates(fleet),
      fleet.firstMaster.ask(certificate(CLUSTER_CA)),
    ]);
    return { ...cluster, states, caCertHash: ca === undefined ? "" : caCertHash(ca.pem) };
  },
  plan(facts, inventory) {
    const { kubernetesVersion } = parseClusterConfiguration(facts.clusterConfiguration);
    const problems: Problem[] = [];
    const waiting = pending(facts.states);
    const joined = facts.states.length - waiting.length;
    const changes = waiting.flatMap((master, index): Change[] => {
      if (master.name === inventory.controlPlane[0]?.name) {
        problems.push(notRecognised(master));
        return [];
      }
      if (master.state === "partial" && !master.isClearable) {
        problems.push(inUse(master));
        return [];
      }
      const { name: host, address } = master;
      const criSocket = joinSocket(master, inventory, kubernetesVersion);
      if (criSocket === undefined) {
        problems.push(noRuntime(master, inventory, kubernetesVersion));
        return [];
      }
      const joinIt: Change = {
        kind: "join",
        host,
        kubernetesVersion,
        endpoint: inventory.cluster.endpoint,
        caCertHash: facts.caCertHash,
        nodeName: host,
        address,
        criSocket,
        etcdDataDir: etcdDataDir(facts.clusterConfiguration),
        certificates: inventory.cluster.pki === "copy" ? "copied" : "uploaded",
        members: joined + index + 1,
      };
      return [joinIt];
    });
    return { changes, problems };
  },
  verify: controlPlaneChecks,
};

/** The first master runs the cluster: what of it was not found is a riddle for a person, never a reason for a reset. */
function notRecognised({ name, address, found }: MasterState): Problem {
  return {
    severity: "blocker",
    host: name,
    what: `of the running master there is only ${found.join(", ") || "nothing"}`,
    fix: `look at its etcd member (peer URL https://${address}:2380) and at its node's control-plane label`,
  };
}

/** Whatever it is, it is not the rest of a join to this cluster: a reset could destroy another one. */
function inUse({ name, found }: MasterState): Problem {
  return {
    severity: "blocker",
    host: name,
    what: `${name} is in use: it has ${found.join(", ") || "a node in this cluster"}`,
    fix: "if it is a worker of this cluster, drain and delete it first; then `kubeadm reset` on it, by hand and with care",
  };
}

/** Every master with a member of etcd that votes and is healthy, an apiserver that is ready and a node that is Ready. */
async function controlPlaneChecks(fleet: ReadOnlyFleet): Promise<Check[]> {
  const [members, all] = await Promise.all([etcdMembers(fleet), nodes(fleet)]);
  const checks = fleet.hosts("controlPlane").map(async (host): Promise<Check[]> => {
    const status = await host.ask(httpStatus(`https://${host.address}:${APISERVER_PORT}/readyz`));
    const node = nodeAt(all, host.address);
    return [
      check(host.name, "etcd member", "started, votes, healthy", memberInWords(members, host.address)),
      check(host.name, `https://${host.address}:${APISERVER_PORT}/readyz`, "200", String(status)),
      check(host.name, "node", "Ready", node === undefined ? "none" : isReady(node) ? "Ready" : "not Ready"),
    ];
  });
  return (await Promise.all(checks)).flat();
}

function memberInWords(members: readonly EtcdMember[], address: string): string {
  const member = memberAt(members, address);
  if (member === undefined) return "none";
  return [
    member.name === "" ? "not started" : "started",
    member.isLearner ? "learner" : "votes",
    member.healthy ? "healthy" : "not healthy",
  ].join(", ");
}

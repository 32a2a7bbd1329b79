import { httpsUrl } from "../../address.js";
import { secondMemberManifest } from "../../config-files/etcd-manifest.js";
import { flag } from "../../config-files/static-pod.js";
import { apiFault } from "../../cluster/api.js";
import { CLUSTER_CA } from "../../machine/certificates.js";
import { missedPeers } from "../../cluster/etcd.js";
import { digests, modifiedTimes, readFile } from "../../machine/files.js";
import { KUBELET_CONF } from "../../machine/kubeconfigs.js";
import { httpStatus } from "../../machine/network.js";
import { MANIFESTS } from "../../machine/static-pods.js";
import { APISERVER_PORT } from "../../ports.js";
import { ETCD_DATA_DIR } from "../../cluster/etcd-layout.js";
import { check, type Problem, type Step, type StepPlan } from "../step.js";

const MANIFEST = `${MANIFESTS}/etcd.yaml`;
/** The files that kubeadm creates on a machine before it adds the machine's etcd member. */
const MADE_BEFORE = [
  CLUSTER_CA,
  ...["ca.crt", "peer.crt", "peer.key", "server.crt", "server.key"].map(
    (name) => `/etc/kubernetes/pki/etcd/${name}`,
  ),
  KUBELET_CONF,
  `${MANIFESTS}/kube-apiserver.yaml`,
];

/** etcd on the first master, and the peer that it needs for quorum. */
interface Waiting {
  /** etcd's manifest on the first master. */
  readonly manifest: string;
  /** The addresses of the peers that it cannot reach. */
  readonly peers: readonly string[];
  readonly others: readonly {
    readonly name: string;
    /** Whether it has the first master's cluster CA. */
    readonly isOurs: boolean;
    /** The files of a join that exist there. */
    readonly files: readonly string[];
  }[];
}

/** `null` if the API answers: etcd then has quorum. */
type Facts = Waiting | null;

/**
 * Starts the member of a join that was interrupted after it added the member and before the member started. etcd has then
 * lost quorum, no member can be removed, and the API is unavailable, so this step does not depend on it.
 */
export const startMember: Step<Facts> = {
  id: "start-member",
  title: "Start the etcd member of an interrupted join",
  why: "Two etcd members need both for quorum: until the added member starts, etcd and the API are unavailable.",
  precedesBackup: true,
  rollout: "one-by-one",
  settleSeconds: 120,
  async probe(fleet) {
    const { firstMaster } = fleet;
    if ((await firstMaster.ask(apiFault(firstMaster))) === undefined) return null;
    const [peers, file, own] = await Promise.all([
      firstMaster.ask(missedPeers),
      firstMaster.ask(readFile(MANIFEST)),
      firstMaster.ask(digests([CLUSTER_CA])),
    ]);
    const manifest = file?.content ?? "";
    const dataDir = (manifest !== "" && flag(manifest, "data-dir")) || ETCD_DATA_DIR;
    const inspected = [...MADE_BEFORE, MANIFEST, `${dataDir}/member`];
    const others = fleet.hosts("controlPlane").slice(1);
    const found = others.map(async (host) => {
      const [ca, files] = await Promise.all([
        host.ask(digests([CLUSTER_CA])),
        host.ask(modifiedTimes(inspected)),
      ]);
      return {
        name: host.name,
        isOurs: ca.get(CLUSTER_CA) === own.get(CLUSTER_CA),
        files: [...files.keys()],
      };
    });
    return { manifest, peers, others: await Promise.all(found) };
  },
  plan(waiting, { controlPlane: [first, ...rest] }) {
    if (waiting === null || first === undefined || waiting.peers.length === 0) return { changes: [] };
    const [address, ...more] = waiting.peers;
    const second = rest.find((host) => host.address === address);
    const missed = `etcd on ${first.name} has no quorum because it cannot reach ${waiting.peers.join(", ")}`;
    if (second === undefined || more.length > 0) return stop(first.name, missed, CHECK_ALL);
    const { name } = second;
    const { files = [], isOurs = false } = waiting.others.find((other) => other.name === name) ?? {};
    if (files.some((path) => !MADE_BEFORE.includes(path)))
      return stop(name, `${missed}: the member on ${name} does not answer`, checkMember(name));
    const lacking = MADE_BEFORE.filter((path) => !files.includes(path));
    if (lacking.length > 0 || !isOurs) {
      const lacks = lacking.join(", ") || "this cluster's CA";
      return stop(
        name,
        `${missed}: ${name} cannot start its member because it lacks ${lacks}`,
        checkMember(name),
      );
    }
    const content = secondMemberManifest(waiting.manifest, first, second);
    const file = { path: MANIFEST, content, mode: "0600", owner: "root:root", before: null };
    return { changes: [{ kind: "file", host: name, ...file }], problems: [AFTERWARDS] };
  },
  async verify(fleet) {
    const { name, address } = fleet.firstMaster;
    const url = `${httpsUrl(address, APISERVER_PORT)}/readyz`;
    return [check(name, url, "200", String(await fleet.firstMaster.ask(httpStatus(url))))];
  },
};

const RECOVERY = 'docs/recovery.md, "API server unavailable"';
const CHECK_ALL = `start etcd there (journalctl -u kubelet, crictl ps -a --name etcd), then run the same command again; see ${RECOVERY}`;
const AFTERWARDS: Problem = {
  severity: "warning",
  what: "the API is unavailable until that member has started, so this run only starts it; the other steps are planned afterwards",
  fix: "after this run, continue with --resume",
};

function checkMember(name: string): string {
  return `that member must start, because removing it needs quorum too. On ${name}: journalctl -u kubelet, crictl ps -a --name etcd, crictl logs ID; once the member has started, run the same command again. If ${name} is permanently lost: see ${RECOVERY}`;
}

function stop(host: string, what: string, fix: string): StepPlan {
  return { changes: [], problems: [{ severity: "blocker", host, what, fix }] };
}

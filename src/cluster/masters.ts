import { httpsUrl } from "../address.js";
import { APISERVER_PORT } from "../ports.js";
import { mayReset } from "./reset-rule.js";
import { CLUSTER_CA, kubeletNode } from "../machine/certificates.js";
import { runtimeSockets, withoutScheme } from "../machine/container-runtime.js";
import { etcdMembers, memberAt, membersOn, type EtcdMember } from "./etcd.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import type { ReadOnlyHost } from "../machine/host.js";
import { BOOTSTRAP_KUBELET_CONF, KUBELET_CONF } from "../machine/kubeconfigs.js";
import { ADMIN_CONF } from "../machine/kubectl.js";
import { isControlPlane, isReady, nodeAt, nodes, type Node } from "./kubernetes.js";
import { query, type Query } from "../machine/query.js";
import { MANIFESTS, manifests } from "../machine/static-pods.js";
import { sh } from "../shell/shell.js";
import { clusterConfiguration } from "./kubeadm-config.js";
import { ETCD_DATA_DIR, etcdDataDir, etcdLayout, type EtcdLayout } from "./etcd-layout.js";

/** The join state of a machine in group controlPlane. */
export interface MasterState {
  readonly name: string;
  readonly address: string;
  /**
   * `joined`: it has the manifests, a node and, if etcd is to run on it, a started voting member; `absent`: it has none of
   * them, and no files of an earlier join; `partial`: anything in between.
   */
  readonly state: "joined" | "absent" | "partial";
  /** The parts of a master that were found, as text for the operator. */
  readonly found: readonly string[];
  /** Whether etcd lists it as a member of any kind; false if etcd is external. */
  readonly isMember: boolean;
  /** It is joined, but its node has no control-plane label, which the last phase of kubeadm join sets. */
  readonly lacksLabel: boolean;
  /** Whether the machine may be reset; see {@link mayReset}. */
  readonly isClearable: boolean;
  /** The name of the node at its address; `null` for none. */
  readonly node: string | null;
  /** The container runtime sockets that exist. */
  readonly runtimeSockets: readonly string[];
}

/** What a machine reports about itself, independent of the inventory. */
interface Identity {
  /** SHA-256 of its cluster CA; empty if it has none. */
  readonly ca: string;
  readonly addresses: readonly string[];
}

/** Reads a machine's cluster CA digest and its addresses. */
export const identity: Query<Identity> = query(
  sh`if [ -f ${CLUSTER_CA} ]; then sha256sum <${CLUSTER_CA}; else echo; fi
ip -o addr show || true`,
  (out) => {
    const addresses = [...out.matchAll(/ inet6? ([\da-f.:]+)/g)].map(([, address = ""]) => address);
    return { ca: /^[\da-f]{64}/.exec(out)?.[0] ?? "", addresses };
  },
);

/** Below etcd's data directory: the folder that a started member leaves. */
const DATA = "/member";

/** Whether the apiserver of a machine that has its manifest is ready. */
function servesApi(address: string): Query<boolean> {
  const url = `${httpsUrl(address, APISERVER_PORT)}/readyz`;
  return query(
    sh`if [ -f ${`${MANIFESTS}/kube-apiserver.yaml`} ]; then curl -q -sk -o /dev/null -w '%{http_code}' --max-time 3 ${url} || true; fi`,
    (out) => out.trim() === "200",
  );
}

/** The files that a join leaves on disk. */
function leftovers(dataDir: string): Query<readonly string[]> {
  return query(
    sh`for p in ${KUBELET_CONF} ${ADMIN_CONF} ${BOOTSTRAP_KUBELET_CONF} ${`${dataDir}${DATA}`}; do if [ -e "$p" ]; then echo "$p"; fi; done`,
    (out) => out.split("\n").filter((path) => path !== ""),
  );
}

/** The state of every machine in group controlPlane, including the first master. */
export async function masterStates(fleet: ReadOnlyFleet): Promise<readonly MasterState[]> {
  // All queries start together, so the hosts' own queries are sent in their first batch.
  const configuration = clusterConfiguration(fleet);
  const [text, all, members, hosts] = await Promise.all([
    configuration,
    nodes(fleet),
    etcdMembers(fleet),
    Promise.all(
      fleet.inventory.controlPlane.map((host) =>
        onDisk(fleet.host(host.name), host.criSocket, configuration.then(etcdDataDir)),
      ),
    ),
  ]);
  const etcd = etcdLayout(text, fleet.inventory);
  const clusterCa = hosts[0]?.self.ca ?? "";
  return hosts.map((found, index) => {
    const cluster = { all, members, clusterCa, etcd };
    return masterState(found, cluster, etcd === "stacked" || (etcd === "first-master" && index === 0));
  });
}

/** What was found on the machine itself. */
interface OnDisk {
  readonly host: ReadOnlyHost;
  readonly components: readonly string[];
  readonly files: readonly string[];
  readonly self: Identity;
  /** The node name of its kubelet; empty if it has none. */
  readonly node: string;
  readonly sockets: readonly string[];
  /** Its apiserver is ready. */
  readonly isServing: boolean;
}

async function onDisk(
  host: ReadOnlyHost,
  criSocket: string | undefined,
  dataDir: Promise<string>,
): Promise<OnDisk> {
  const [components, files, self, node, sockets, isServing] = await Promise.all([
    host.ask(manifests),
    leftoversOf(host, dataDir),
    host.ask(identity),
    host.ask(kubeletNode),
    host.ask(runtimeSockets(criSocket && withoutScheme(criSocket))),
    host.ask(servesApi(host.address)),
  ]);
  return { host, components, files, self, node, sockets, isServing };
}

/** Checks kubeadm's default directory while the cluster's is still being read: they almost never differ. */
async function leftoversOf(host: ReadOnlyHost, dataDir: Promise<string>): Promise<readonly string[]> {
  const [usual, folder] = await Promise.all([host.ask(leftovers(ETCD_DATA_DIR)), dataDir]);
  return folder === ETCD_DATA_DIR ? usual : await host.ask(leftovers(folder));
}

/** What the API and etcd report about the masters. */
interface Cluster {
  readonly all: readonly Node[];
  readonly members: readonly EtcdMember[];
  readonly clusterCa: string;
  readonly etcd: EtcdLayout;
}

function masterState(
  { host, components, files, self, node: itself, sockets, isServing }: OnDisk,
  { all, members, clusterCa, etcd }: Cluster,
  hasMember: boolean,
): MasterState {
  const isExternal = etcd === "external";
  const member = isExternal ? undefined : memberAt(members, host.address);
  const node = nodeAt(all, host.address);
  const has = (component: string): boolean => components.includes(component);
  // A machine may be listed under another of its addresses.
  const listed = isExternal
    ? membersOn(members, self.addresses)
    : self.addresses.map((own) => memberAt(members, own));
  const isSomebody =
    listed.some((other) => other !== undefined && other !== member) ||
    (isExternal && has("etcd")) ||
    all.some((n) => n.metadata.name === itself && n !== node);
  const isNode = node !== undefined;
  const isLabeled = isNode && isControlPlane(node);
  const parts: readonly (readonly [string, boolean])[] = [
    ["kube-apiserver's manifest", has("kube-apiserver")],
    ...(hasMember ? [[VOTER, member !== undefined && isVoter(member)] as const] : []),
    [isLabeled ? "a control-plane node" : "a node without the control-plane label", isNode],
  ];
  const whole = parts.filter(([, is]) => is).map(([what]) => what);
  const isOurs = self.ca === clusterCa && clusterCa !== "";
  const joined =
    whole.length === parts.length && (member === undefined || isVoter(member)) && (isLabeled || isOurs);
  const rest = [
    ...(member === undefined || (hasMember && isVoter(member)) ? [] : [inWords(member)]),
    ...(isExternal && has("etcd") ? ["etcd's manifest"] : []),
    // An external etcd may keep its data there.
    ...(isExternal ? files.filter((path) => !path.endsWith(DATA)) : files),
  ];
  const found = [...whole, ...rest];
  const untouched = found.length === 0 && !isNode;
  const isBare = components.length === 0 && files.length === 0 && self.ca === "";
  // A worker has a node and none of these; a join creates the manifests before the node.
  const isWorker = isNode && member === undefined && !has("kube-apiserver") && !has("etcd");
  return {
    name: host.name,
    address: host.address,
    state: joined ? "joined" : untouched ? "absent" : "partial",
    found,
    isMember: member !== undefined,
    lacksLabel: joined && !isLabeled,
    isClearable:
      !joined &&
      mayReset({
        isUntouched: untouched,
        isOther: isSomebody || isWorker,
        isOurs: isOurs || (isBare && !isNode && member?.name === ""),
        isVoter: member !== undefined && isVoter(member),
        isServing,
        isInService: isLabeled && isReady(node),
      }),
    node: node?.metadata.name ?? null,
    runtimeSockets: sockets,
  };
}

const VOTER = "a voting etcd member";

function isVoter({ name, isLearner }: EtcdMember): boolean {
  return name !== "" && !isLearner;
}

/** Describes a member for the operator. */
function inWords(member: EtcdMember): string {
  if (isVoter(member)) return VOTER;
  return member.name === "" ? "an etcd member that never started" : "an etcd learner";
}

/** The machines in group controlPlane that are nodes of the cluster. */
export async function mastersWithNode(fleet: ReadOnlyFleet): Promise<readonly ReadOnlyHost[]> {
  const all = await nodes(fleet);
  return fleet.hosts("controlPlane").filter(({ address }) => nodeAt(all, address) !== undefined);
}

/** The machines that have yet to become masters. */
export function pending(states: readonly MasterState[]): readonly MasterState[] {
  return states.filter((m) => m.state !== "joined");
}

import { holds } from "../config-files/kubeadm-versions.js";
import { httpsUrl } from "../address.js";
import { shownProxies } from "../config-files/proxy-variables.js";
import { proxyVariables } from "../cluster/proxy-variables.js";
import { nodeIp } from "../config-files/join-configuration.js";
import { Failure } from "../failure.js";
import { etcdMembers, memberAt } from "../cluster/etcd.js";
import { transferSeconds, transferText } from "../cluster/etcd-database.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import { httpStatus } from "../machine/network.js";
import { isHealthyVoter, whyMembersStay } from "../cluster/quorum.js";
import { waitUntil } from "../machine/wait.js";
import { APISERVER_PORT } from "../ports.js";
import { joinUndo, type BeforeJoin } from "./join-undo.js";
import { ignoring, kubeadmJoin } from "./kubeadm-join.js";
import { MASTER_TOKEN } from "./revoke.js";
import type { ApplyContext, BaseChange, ChangeKind } from "./kind.js";

/** Joins a machine as a master, with its own etcd member unless etcd is external. */
export interface JoinChange extends BaseChange {
  readonly kind: "join";
  readonly kubernetesVersion: string;
  /** `ADDRESS:PORT`. */
  readonly endpoint: string;
  readonly caCertHash: string;
  readonly nodeName: string;
  readonly address: string;
  readonly secondAddress?: string;
  readonly criSocket: string;
  /** The data folder of its etcd member; absent if its apiserver uses an external etcd. */
  readonly etcdDataDir?: string;
  /** The phases that kubeadm must skip. */
  readonly skipPhases?: readonly string[];
  /** A folder with patches for the manifests that kubeadm writes. */
  readonly patches?: string;
  /** The preflight checks that kubeadm must ignore. */
  readonly ignorePreflightErrors?: readonly string[];
  /** Whether kubeadm downloads the shared certificates from the cluster, or they are already on the host. */
  readonly certificates: "uploaded" | "copied";
  /** The proxy variables that kubeadm writes into the static pods, without users and passwords; absent if there are none. */
  readonly proxy?: Readonly<Record<string, string>>;
  /** The files of an external etcd that kubeadm copies with these, at the paths in its configuration. */
  readonly brought?: readonly string[];
  /** Its etcd member votes at once, because of a feature gate in kubeadm-config. */
  readonly votesAtOnce?: true;
  readonly estimate?: {
    /** The size of etcd's database, which a new member receives. */
    readonly databaseBytes: number;
  };
  /** The number of masters including this one; also the number of etcd members unless etcd is external. */
  readonly members: number;
}

/** Longer than the 5 min after which a kubelet starts an apiserver again that ended several times without its etcd. */
const UP_SECONDS = 360;

/** Joins one master with kubeadm and waits until its etcd member votes and its apiserver is ready. */
export const joinKind: ChangeKind<JoinChange, BeforeJoin> = {
  kind: "join",
  addsNode: true,
  mark: "+",
  isPastReturn: bringsMember,
  describe: (c) =>
    `kubeadm join --control-plane as ${c.nodeName} through ${c.endpoint} (token: known when reached)${withProxy(c)}${ignoring(c)}`,
  diff: (c) =>
    [
      ...(bringsMember(c)
        ? [`+ etcd member ${c.nodeName} ${httpsUrl(c.address, 2380)} (${tolerance(c.members)})`]
        : []),
      `+ node ${c.nodeName} ${nodeIp(c)}`,
      ...Object.entries(c.proxy ?? {}).map(([name, value]) => `+ environment ${name}=${value}`),
    ].join("\n"),
  interrupts(c) {
    if (!bringsMember(c)) return { what: "nothing: etcd's members stay unchanged", seconds: 0 };
    if (isLearner(c)) return { what: "nothing: the member is a learner until it has caught up", seconds: 0 };
    if (c.members !== 2) return { what: "nothing: the existing members have quorum", seconds: 0 };
    const what = "etcd, and the API with it, until the second of two members has started";
    const bytes = c.estimate?.databaseBytes;
    const received = bytes === undefined ? "" : ` and received the database (${transferText(bytes)})`;
    return { what: `${what}${received}`, seconds: pauseOf(c) };
  },
  async apply(c, context) {
    const { fleet, secrets, note } = context;
    if (bringsMember(c)) await refuseWhileUnhealthy(context);
    const environment = await plannedProxies(c, fleet.look());
    await kubeadmJoin(
      {
        ...c,
        environment,
        ...(bringsMember(c) && { etcdMembers: c.members, ...c.estimate }),
        controlPlane: {
          bindPort: APISERVER_PORT,
          ...(c.certificates === "uploaded" && { certificateKey: secrets.certificateKey }),
        },
      },
      MASTER_TOKEN,
      context,
    );
    const awaited = `${bringsMember(c) ? "etcd and " : ""}the apiserver on ${c.nodeName}`;
    note(`waiting for ${awaited}`);
    let state = "";
    const isUp = async () => {
      const look = fleet.look();
      const [votes, ready] = await Promise.all([
        bringsMember(c) ? hasVoter(look, c.address) : true,
        look.host(c.host).ask(httpStatus(`${httpsUrl(c.address, APISERVER_PORT)}/readyz`)),
      ]);
      state = `${votes} ${ready}`;
      return votes && ready === 200;
    };
    await waitUntil(awaited, UP_SECONDS, fleet.signal, isUp, () => state);
  },
  undo: joinUndo,
};

function withProxy({ proxy = {} }: JoinChange): string {
  const names = Object.keys(proxy);
  return names.length === 0 ? "" : `, with ${names.join(", ")} of the first master's static pods`;
}

/**
 * The proxy variables of the change, with their passwords.
 * @throws Failure if the first master's static pods have others by now
 */
async function plannedProxies({ proxy }: JoinChange, fleet: ReadOnlyFleet): Promise<Record<string, string>> {
  if (proxy === undefined) return {};
  const variables = await proxyVariables(fleet);
  const isPlanned = JSON.stringify(shownProxies(variables)) === JSON.stringify(proxy);
  if (isPlanned) return { ...variables };
  throw new Failure("the proxy variables of the static pods have changed since the plan", {
    host: fleet.firstMaster.name,
    hint: "plan again",
  });
}

/** Whether the new etcd member does not vote until it has caught up. */
export function isLearner({ kubernetesVersion, votesAtOnce }: JoinChange): boolean {
  return holds("etcdLearner", kubernetesVersion) && votesAtOnce !== true;
}

/** How long a member takes to start, as measured in the lab with a small database. */
const START_SECONDS = 5;

/** For how long etcd has no quorum if its second member votes at once, in seconds. */
export function pauseOf({ estimate }: Pick<JoinChange, "estimate">): number {
  return START_SECONDS + transferSeconds(estimate?.databaseBytes ?? 0);
}

/** Whether a join adds an etcd member, which a leave removes again. */
export function bringsMember({ etcdDataDir }: BaseChange & Pick<JoinChange, "etcdDataDir">): boolean {
  return etcdDataDir !== undefined;
}

async function hasVoter(fleet: ReadOnlyFleet, address: string): Promise<boolean> {
  const member = memberAt(await etcdMembers(fleet), address);
  return member !== undefined && isHealthyVoter(member);
}

/** Fault tolerance: an even number of members tolerates no more failures than one member less. */
function tolerance(members: number): string {
  const may = Math.ceil(members / 2) - 1;
  return `${members} members: ${may === 0 ? "none" : may} may fail`;
}

/** With an unhealthy member, a new one could raise the quorum above the number of healthy members. */
async function refuseWhileUnhealthy({ fleet }: ApplyContext): Promise<void> {
  const stay = whyMembersStay(await etcdMembers(fleet.look()), "so no member is added");
  if (stay !== undefined) throw new Failure(stay.what, { host: fleet.firstMaster.name, hint: stay.fix });
}

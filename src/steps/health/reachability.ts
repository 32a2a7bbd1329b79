import { httpsUrl } from "../../address.js";
import { etcdMembers, memberAt } from "../../cluster/etcd.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import type { ReadOnlyHost } from "../../machine/host.js";
import { remoteAttempt, type Query } from "../../machine/query.js";
import { APISERVER_PORT, ETCD_PEER_PORT, KUBELET_PORT } from "../../ports.js";
import { sh } from "../../shell/shell.js";
import { check, type Check } from "../step.js";

const ALL = "every kube-apiserver is ready";
const PEERS = "every kubelet and etcd peer is reachable";

/**
 * Checks that each load balancer reaches each apiserver at its own address, where haproxy sends clients, and each worker too
 * if the Service `kubernetes` has these addresses.
 */
export async function reachabilityChecks(
  fleet: ReadOnlyFleet,
  masters: readonly ReadOnlyHost[],
): Promise<Check[]> {
  const names = new Set(masters.map(({ name }) => name));
  const workers = fleet.inventory.cluster.advertise === "node" ? fleet.hosts("workers") : [];
  const hosts = [...fleet.hosts("loadBalancers"), ...workers].filter(({ name }) => !names.has(name));
  return Promise.all(
    hosts.map(async (host) => {
      const answers = await host.ask(statuses(masters));
      const wrong = masters.flatMap(({ name }, i) =>
        answers[i] === "200"
          ? []
          : [`${name}: ${answers[i] === "000" ? "no answer" : (answers[i] ?? "none")}`],
      );
      return check(host.name, "kube-apiservers at their own addresses", ALL, wrong.join(", ") || ALL);
    }),
  );
}

/**
 * Checks that each master reaches every node's kubelet (logs, exec, metrics) and every other master's etcd member: with two
 * members that do not reach each other, etcd has quorum until the third one fails.
 */
export async function peerChecks(fleet: ReadOnlyFleet, masters: readonly ReadOnlyHost[]): Promise<Check[]> {
  const [members, nodes] = [await etcdMembers(fleet), [...masters, ...fleet.hosts("workers")]];
  return Promise.all(
    masters.map(async (host) => {
      const others = masters.filter(
        (other) => other !== host && memberAt(members, other.address) !== undefined,
      );
      const targets = [
        ...nodes.map(({ name, address }) => ({ name, address, port: KUBELET_PORT })),
        ...others.map(({ name, address }) => ({ name, address, port: ETCD_PEER_PORT })),
      ];
      const open = await host.ask(reached(targets));
      const closed = targets.filter((_, i) => open[i] !== true).map(({ name, port }) => `${name}:${port}`);
      return check(
        host.name,
        "kubelets and etcd peers",
        PEERS,
        closed.length === 0 ? PEERS : `not ${closed.join(", ")}`,
      );
    }),
  );
}

/** Whether something accepts a connection at each target. A server that wants a client certificate ends it later. */
function reached(
  targets: readonly { readonly address: string; readonly port: number }[],
): Query<readonly boolean[]> {
  const urls = targets.map(({ address, port }) => httpsUrl(address, port));
  // curl's exit codes: 7 if refused, 28 after the time limit.
  const script = sh`for url in ${urls}; do
  curl -q -sk -o /dev/null --connect-timeout 3 --max-time 5 "$url"
  case $? in (5 | 6 | 7 | 28) echo no ;; (*) echo yes ;; esac
done`;
  return remoteAttempt(script, ({ stdout }) =>
    stdout
      .trim()
      .split("\n")
      .map((answer) => answer === "yes"),
  );
}

/** The HTTP status of /readyz on each master; `000` without an answer. */
function statuses(masters: readonly ReadOnlyHost[]): Query<readonly string[]> {
  const urls = masters.map(({ address }) => `${httpsUrl(address, APISERVER_PORT)}/readyz`);
  const script = sh`for url in ${urls}; do curl -q -sk -o /dev/null -w '%{http_code}\n' --max-time 3 "$url" || true; done`;
  return remoteAttempt(script, ({ stdout }) => stdout.trim().split("\n"));
}

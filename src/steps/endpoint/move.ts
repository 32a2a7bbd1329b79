import { hostPort } from "../../address.js";
import type { Change } from "../../changes/change.js";
import type { Identity } from "../../cluster/cluster-object.js";
import { editsOf, type Edit, type Pin, type Pinned } from "../../cluster/pins.js";
import type { Inventory } from "../../inventory/schema.js";
import { firstMaster } from "../../inventory/targets.js";
import { APISERVER_PORT } from "../../ports.js";
import type { Problem } from "../step.js";

/** How an object that names the former address is handled: a change if requested and possible, else problems. */
interface Move {
  readonly change?: Change;
  readonly problems: readonly Problem[];
}

/** The servers that must no longer be used: `ADDRESS:PORT`. */
export interface FormerServers {
  /** Includes every other name in the certificate, which may resolve elsewhere: these are only reported. */
  readonly all: readonly string[];
  /** The first master's own address and name, and the cluster's former endpoint: these are replaced. */
  readonly own: readonly string[];
}

/**
 * The change that points an object to the endpoint, and the problems that prevent or accompany it.
 * @param readers the workloads whose pods read it, if it is a ConfigMap
 */
export function moveOf(
  object: Pinned,
  readers: readonly Identity[],
  former: FormerServers,
  inventory: Inventory,
): Move {
  const wanted = inventory.cluster.endpoint.text;
  const others = inventory.controlPlane.slice(1).map(({ address }) => hostPort(address, APISERVER_PORT));
  const own = object.pins.filter(
    ({ server, place }) =>
      former.all.includes(server) &&
      // A text that also names another master is a list of all masters.
      !object.pins.some((other) => other.place === place && others.includes(other.server)),
  );
  if (own.length === 0) return { problems: [] };
  const obstacle = inventory.cluster.addOns === "patch" ? obstacleOf(object, readers) : howTo(object);
  if (obstacle !== undefined) return { problems: [problemOf(object, own, obstacle, inventory)] };
  // If two servers become one, a rollback cannot distinguish them.
  const isMixed = ({ at, server }: Pin): boolean =>
    object.pins.some(
      (other) =>
        other.at.join("\0") === at.join("\0") &&
        other.server !== server &&
        [...former.own, wanted].includes(other.server),
    );
  const editsFor = (pin: Pin): readonly Edit[] | undefined =>
    !former.own.includes(pin.server) || isMixed(pin) ? undefined : editsOf(pin, inventory.cluster.endpoint);
  const edits = own.flatMap((pin) => editsFor(pin) ?? []);
  const left = own.filter((pin) => editsFor(pin) === undefined);
  const problems = left.length === 0 ? [] : [problemOf(object, left, howTo(object), inventory)];
  if (edits.length === 0) return { problems };
  const { kind, namespace, name } = object;
  return {
    change: {
      kind: "repoint",
      host: firstMaster(inventory).name,
      object: kind,
      namespace,
      name,
      edits,
      endpoint: wanted,
    },
    problems: [...problems, ...revertedByHelm(object, inventory)],
  };
}

/** What the operator must do if k8s-ha cannot change an object; `undefined` if it can. */
function obstacleOf(object: Pinned, readers: readonly Identity[]): string | undefined {
  if (object.owner !== undefined) return howTo(object);
  const byHand = [object, ...readers].find(({ isByHand, owner }) => isByHand ?? owner !== undefined);
  if (byHand === undefined) return undefined;
  const why =
    byHand.isByHand === true
      ? "whose pods restart only when a user deletes them (OnDelete)"
      : `which is managed by ${byHand.owner ?? ""}`;
  return `${howTo(object)}; this affects ${byHand.kind} ${byHand.namespace}/${byHand.name}, ${why}`;
}

/** How an operator changes an object permanently. */
function howTo({ kind, namespace, name, owner, release }: Pinned): string {
  if (owner !== undefined) return `edit its owner, ${owner}`;
  if (release !== undefined)
    return `edit the values of its Helm release, then helm -n ${namespace} upgrade ${release}`;
  const edit = `kubectl -n ${namespace} edit ${kind.toLowerCase()} ${name}`;
  return kind === "ConfigMap" ? `${edit}, then kubectl rollout restart the workloads that read it` : edit;
}

function problemOf(object: Pinned, pins: readonly Pin[], fix: string, inventory: Inventory): Problem {
  const servers = [...new Set(pins.map(({ server }) => server))].join(", ");
  const places = [...new Set(pins.map(({ place }) => place))].join("; ");
  return {
    severity: "warning",
    host: firstMaster(inventory).name,
    what: `${object.kind} ${object.namespace}/${object.name} connects to the API at ${servers} (${places})`,
    fix: `point it to ${inventory.cluster.endpoint.text}: ${fix}`,
  };
}

function revertedByHelm({ kind, namespace, name, release }: Pinned, inventory: Inventory): Problem[] {
  if (release === undefined) return [];
  return [
    {
      severity: "warning",
      host: firstMaster(inventory).name,
      what: `${kind} ${namespace}/${name} belongs to the Helm release ${release}: its next upgrade restores the former address`,
      fix: `set ${inventory.cluster.endpoint.text} in the values of that release too`,
    },
  ];
}

import { hostPort } from "../../address.js";
import type { Change } from "../../changes/change.js";
import type { Edit } from "../../changes/repoint.js";
import type { Inventory } from "../../inventory/schema.js";
import { endpoint, firstMaster } from "../../inventory/targets.js";
import { APISERVER_PORT } from "../../ports.js";
import type { Problem } from "../step.js";
import type { Identity } from "./cluster-object.js";
import { editsOf, type Pin, type Pinned } from "./pins.js";

/** What is to be done with an object that names the former address: a change where that is wished for and possible. */
interface Move {
  readonly change?: Change;
  readonly problems: readonly Problem[];
}

/** The servers that are to be named no more: `ADDRESS:PORT`. */
export interface FormerServers {
  /** With every other name of the certificate, which may lead elsewhere: these are told of. */
  readonly all: readonly string[];
  /** The first master's own address and name, and the endpoint that the cluster had: these are replaced. */
  readonly own: readonly string[];
}

/**
 * How an object comes to name the endpoint.
 * @param readers the workloads whose pods read it, where it is a ConfigMap
 */
export function moveOf(
  object: Pinned,
  readers: readonly Identity[],
  former: FormerServers,
  inventory: Inventory,
): Move {
  const wanted = inventory.cluster.endpoint;
  const others = inventory.controlPlane.slice(1).map(({ address }) => hostPort(address, APISERVER_PORT));
  const own = object.pins.filter(
    ({ server, place }) =>
      former.all.includes(server) &&
      // A text that names another master too is a list of them all.
      !object.pins.some((other) => other.place === place && others.includes(other.server)),
  );
  if (own.length === 0) return { problems: [] };
  const obstacle = inventory.cluster.addOns === "patch" ? obstacleOf(object, readers) : howTo(object);
  if (obstacle !== undefined) return { problems: [told(object, own, obstacle, inventory)] };
  // Of two servers that become one, nobody could tell afterwards which was where.
  const isMixed = ({ at, server }: Pin): boolean =>
    object.pins.some(
      (other) =>
        other.at.join("\0") === at.join("\0") &&
        other.server !== server &&
        [...former.own, wanted].includes(other.server),
    );
  const editsFor = (pin: Pin): readonly Edit[] | undefined =>
    !former.own.includes(pin.server) || isMixed(pin) ? undefined : editsOf(pin, endpoint(inventory));
  const edits = own.flatMap((pin) => editsFor(pin) ?? []);
  const left = own.filter((pin) => editsFor(pin) === undefined);
  const problems = left.length === 0 ? [] : [told(object, left, howTo(object), inventory)];
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

/** Why this program leaves an object alone, as what a person does instead. */
function obstacleOf(object: Pinned, readers: readonly Identity[]): string | undefined {
  if (object.owner !== undefined) return howTo(object);
  const byHand = [object, ...readers].find(({ isByHand, owner }) => isByHand ?? owner !== undefined);
  if (byHand === undefined) return undefined;
  const why =
    byHand.isByHand === true
      ? "whose pods start anew only when a person deletes them (OnDelete)"
      : `which ${byHand.owner ?? ""} makes`;
  return `${howTo(object)}; it concerns ${byHand.kind} ${byHand.namespace}/${byHand.name}, ${why}`;
}

/** Who can change an object so that it stays changed. */
function howTo({ kind, namespace, name, owner, release }: Pinned): string {
  if (owner !== undefined) return `its owner, ${owner}, writes it: change it there`;
  if (release !== undefined)
    return `change it in the values of its Helm release, and helm -n ${namespace} upgrade ${release}`;
  const edit = `kubectl -n ${namespace} edit ${kind.toLowerCase()} ${name}`;
  return kind === "ConfigMap" ? `${edit}, then kubectl rollout restart what reads it` : edit;
}

function told(object: Pinned, pins: readonly Pin[], fix: string, inventory: Inventory): Problem {
  const servers = [...new Set(pins.map(({ server }) => server))].join(", ");
  const places = [...new Set(pins.map(({ place }) => place))].join("; ");
  return {
    severity: "warning",
    host: firstMaster(inventory).name,
    what: `${object.kind} ${object.namespace}/${object.name} asks for the API at ${servers} (${places})`,
    fix: `${fix}: it shall name ${inventory.cluster.endpoint}`,
  };
}

function revertedByHelm({ kind, namespace, name, release }: Pinned, inventory: Inventory): Problem[] {
  if (release === undefined) return [];
  return [
    {
      severity: "warning",
      host: firstMaster(inventory).name,
      what: `${kind} ${namespace}/${name} belongs to the Helm release ${release}: its next upgrade puts the former address back`,
      fix: `write ${inventory.cluster.endpoint} into its values too`,
    },
  ];
}

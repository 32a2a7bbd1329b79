import type { Inventory } from "../../inventory/schema.js";
import { itemsWith } from "../../machine/api-search.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { APISERVER_PORT } from "../../machine/kubectl.js";
import { formerEndpoint, formerServers, kubeadmFacts, type KubeadmFacts } from "../cluster.js";
import type { Problem, Step } from "../step.js";
import { pinned, type Pinned } from "./pins.js";

interface Facts extends KubeadmFacts {
  /** Every object that names an apiserver. */
  readonly pinned: readonly Pinned[];
}

const LISTS = [
  "/api/v1/configmaps",
  "/apis/apps/v1/daemonsets",
  "/apis/apps/v1/deployments",
  "/apis/apps/v1/statefulsets",
];

async function facts(fleet: ReadOnlyFleet): Promise<Facts> {
  // Most clusters had no endpoint, or one at the apiserver's own port: their objects are looked at at once.
  const [cluster, usual] = await Promise.all([kubeadmFacts(fleet), look(fleet, [APISERVER_PORT])]);
  const port = Number(/:(\d+)$/.exec(formerEndpoint(cluster, fleet.inventory) ?? "")?.[1] ?? APISERVER_PORT);
  return {
    ...cluster,
    pinned: port === APISERVER_PORT ? usual : await look(fleet, [APISERVER_PORT, port]),
  };
}

async function look(fleet: ReadOnlyFleet, ports: readonly number[]): Promise<readonly Pinned[]> {
  const words = ["KUBERNETES_SERVICE_HOST", ...ports.map((port) => `:${port}`)];
  const found = await fleet.firstMaster.ask(itemsWith(fleet.firstMaster, LISTS, words));
  return found.flatMap((item) => pinned(item, ports) ?? []);
}

/** Finds what in the cluster asks for the API at the former address, and would stand still without the first master. */
export const addOns: Step<Facts> = {
  id: "add-ons",
  title: "Find add-ons that are pinned to the former address",
  why: "Network add-ons in place of kube-proxy, and others that name the first master, would lose the API with it.",
  rollout: "together",
  on: "first-master",
  probe: facts,
  plan(found, inventory) {
    const former = formerServers(inventory, found).map((url) => url.replace("https://", ""));
    return { changes: [], problems: found.pinned.flatMap((object) => warnings(object, former, inventory)) };
  },
};

function warnings(object: Pinned, former: readonly string[], inventory: Inventory): Problem[] {
  const others = inventory.controlPlane.slice(1).map(({ address }) => `${address}:${APISERVER_PORT}`);
  const own = object.pins.filter(
    ({ server, place }) =>
      former.includes(server) &&
      // A text that names another master too is a list of them all.
      !object.pins.some((other) => other.place === place && others.includes(other.server)),
  );
  if (own.length === 0) return [];
  const { kind, namespace, name } = object;
  const servers = [...new Set(own.map(({ server }) => server))].join(", ");
  const places = [...new Set(own.map(({ place }) => place))].join("; ");
  return [
    {
      severity: "warning",
      host: inventory.controlPlane[0]?.name ?? "",
      what: `${kind} ${namespace}/${name} asks for the API at ${servers} (${places})`,
      fix: `${howTo(object)}: it shall name ${inventory.cluster.endpoint}`,
    },
  ];
}

/** Who can change an object so that it stays changed. */
function howTo({ kind, namespace, name, owner, release }: Pinned): string {
  if (owner !== undefined) return `its owner, ${owner}, writes it: change it there`;
  if (release !== undefined)
    return `change it in the values of its Helm release, and helm -n ${namespace} upgrade ${release}`;
  const edit = `kubectl -n ${namespace} edit ${kind.toLowerCase()} ${name}`;
  return kind === "ConfigMap" ? `${edit}, then kubectl rollout restart what reads it` : edit;
}

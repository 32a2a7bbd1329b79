import { createHash } from "node:crypto";
import type { Change } from "../../changes/change.js";
import { CONFIG_HASH_ANNOTATION } from "../../changes/rollout.js";
import { Failure } from "../../failure.js";
import { itemsWith } from "../../cluster/api-search.js";
import { clusterObject, identity, readsConfigMap, type Identity } from "../../cluster/cluster-object.js";
import type { Inventory } from "../../inventory/schema.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { APISERVER_PORT } from "../../ports.js";
import {
  formerEndpoint,
  formerServers,
  kubeadmFacts,
  type KubeadmFacts,
} from "../../cluster/kubeadm-config.js";
import { ENDPOINT_ANNOTATION, pinned, type Pinned } from "../../cluster/pins.js";
import type { WorkloadKind } from "../../cluster/workloads.js";
import { check, type Problem, type Step } from "../step.js";
import { moveOf, type FormerServers } from "./move.js";
import { podsOf, podsStillRolling, withoutLostPods } from "./rolling.js";
import { CERTIFICATE_FIRST } from "./certificate-first.js";

/** A workload whose pods read a ConfigMap, and the configuration that they were started with. */
export interface Reader extends Identity {
  readonly kind: WorkloadKind;
  readonly map: string;
  readonly configHash?: string;
}

interface Look {
  /** Every object that names an apiserver, or that k8s-ha pointed to the endpoint. */
  readonly pinned: readonly Pinned[];
  /** Why the objects could not be read, if that is only a warning. */
  readonly unread?: string;
}

interface Facts extends KubeadmFacts, Look {
  /** Workloads whose pods read one of these ConfigMaps; searched only with addOns: patch. */
  readonly readers: readonly Reader[];
}

const WORKLOADS = ["daemonsets", "deployments", "statefulsets"].map((kind) => `/apis/apps/v1/${kind}`);

async function facts(fleet: ReadOnlyFleet): Promise<Facts> {
  // Most clusters had no endpoint, or one with the apiserver's port: search for that port in parallel.
  const [cluster, usual] = await Promise.all([kubeadmFacts(fleet), look(fleet, [APISERVER_PORT])]);
  const port = Number(/:(\d+)$/.exec(formerEndpoint(cluster, fleet.inventory) ?? "")?.[1] ?? APISERVER_PORT);
  const all = port === APISERVER_PORT ? usual : await look(fleet, [APISERVER_PORT, port]);
  const maps =
    fleet.inventory.cluster.addOns === "patch" ? all.pinned.filter(({ kind }) => kind === "ConfigMap") : [];
  return { ...cluster, ...all, readers: maps.length === 0 ? [] : await readersOf(maps, fleet) };
}

async function look(fleet: ReadOnlyFleet, ports: readonly number[]): Promise<Look> {
  const words = ["KUBERNETES_SERVICE_HOST", ENDPOINT_ANNOTATION, ...ports.map((port) => `:${port}`)];
  const lists = ["/api/v1/configmaps", ...WORKLOADS];
  try {
    const found = await fleet.firstMaster.ask(itemsWith(fleet.firstMaster, lists, words));
    return { pinned: found.flatMap((item) => pinned(item, ports) ?? []) };
  } catch (error) {
    // Without addOns: patch, this search only serves a warning and must not stop the migration.
    if (fleet.inventory.cluster.addOns === "patch" || !(error instanceof Failure)) throw error;
    return { pinned: [], unread: error.message };
  }
}

async function readersOf(maps: readonly Pinned[], fleet: ReadOnlyFleet): Promise<readonly Reader[]> {
  const names = [...new Set(maps.map(({ name }) => name))];
  const found = await fleet.firstMaster.ask(itemsWith(fleet.firstMaster, WORKLOADS, names));
  return found.flatMap((item) => {
    const object = clusterObject(item);
    const { namespace } = object.metadata;
    const { kind, ...rest } = identity(item);
    if (kind === "ConfigMap") return [];
    const configHash = object.spec?.template.metadata.annotations[CONFIG_HASH_ANNOTATION];
    return maps
      .filter((map) => map.namespace === namespace && readsConfigMap(object, map.name))
      .map((map) => ({
        ...rest,
        kind,
        map: `${namespace}/${map.name}`,
        ...(configHash !== undefined && { configHash }),
      }));
  });
}

/** Finds objects that use the API at the former address; with addOns: patch, points them to the endpoint. */
export const addOns: Step<Facts> = {
  id: "add-ons",
  title: "Update add-ons pinned to the former address",
  why: "An add-on that names the first master, such as a kube-proxy replacement, loses the API if that master fails.",
  requires: [CERTIFICATE_FIRST],
  rollout: "together",
  on: "first-master",
  // A network add-on's pods restart node by node.
  settleSeconds: 300,
  probe: facts,
  plan({ pinned: objects, readers, unread, ...cluster }, inventory) {
    const former = formerOf(inventory, cluster);
    const host = inventory.controlPlane[0]?.name ?? "";
    const configHash = hashOf(inventory.cluster.endpoint.text);
    const moves = objects.map((object) => {
      const own = readers.filter(
        ({ map }) => object.kind === "ConfigMap" && map === `${object.namespace}/${object.name}`,
      );
      return { object, own, ...moveOf(object, own, former, inventory) };
    });
    const isMoved = ({ object, change }: (typeof moves)[number]): boolean =>
      change !== undefined || object.endpoint === inventory.cluster.endpoint.text;
    const toRoll = moves
      .filter(isMoved)
      .flatMap(({ own }) => own.filter((reader) => reader.configHash !== configHash));
    const rolls = new Map(
      toRoll.map((reader) => [
        `${reader.kind} ${reader.namespace}/${reader.name}`,
        rollOf(reader, host, configHash),
      ]),
    );
    return {
      changes: [...moves.flatMap(({ change }) => change ?? []), ...rolls.values()],
      problems: [
        ...(unread === undefined ? [] : [notSeen(host, unread)]),
        ...moves.flatMap(({ problems }) => problems),
      ],
    };
  },
  async verify(fleet) {
    const { inventory } = fleet;
    if (inventory.cluster.addOns !== "patch") return [];
    // A full search may read many megabytes: it is repeated only when the pods are ready.
    const awaited = await podsStillRolling(fleet);
    if (awaited.some(({ ok }) => !ok)) return [...awaited];
    const found = await this.probe(fleet);
    const host = inventory.controlPlane[0]?.name ?? "";
    const left = this.plan(found, inventory).changes.length;
    const workloads = [
      ...found.pinned.filter((object) => object.endpoint === inventory.cluster.endpoint.text),
      ...found.readers.filter(({ configHash }) => configHash === hashOf(inventory.cluster.endpoint.text)),
    ];
    return [
      check(host, "add-ons that name the former address", "none", left === 0 ? "none" : `${left} to change`),
      ...podsOf(await withoutLostPods(workloads, fleet), inventory),
    ];
  },
};

/** A pod on a master reaches that master's own apiserver by a loopback address, also after the migration. */
const LOOPBACK = /^(127\.[\d.]+|localhost|\[?(::1|0:0:0:0:0:0:0:1)\]?):\d+$/;

function formerOf(inventory: Inventory, cluster: KubeadmFacts): FormerServers {
  const endpoint = formerEndpoint(cluster, inventory);
  const servers = (urls: readonly string[]): string[] =>
    urls.map((url) => url.replace("https://", "")).filter((server) => !LOOPBACK.test(server));
  return {
    all: servers(formerServers(inventory, cluster)),
    own: servers([...formerServers(inventory), ...(endpoint === undefined ? [] : [endpoint])]),
  };
}

function notSeen(host: string, why: string): Problem {
  return {
    severity: "warning",
    host,
    what: `cannot search for add-ons that name the former address: ${why}`,
    fix: "run k8s-ha plan to search again; a pinned add-on stops working if the first master fails",
  };
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function rollOf({ kind, namespace, name }: Reader, host: string, configHash: string): Change {
  return {
    kind: "rollout",
    host,
    workload: kind,
    namespace,
    name,
    configHash,
    interruption: { what: `each pod of ${name} while it restarts`, seconds: 30 },
  };
}

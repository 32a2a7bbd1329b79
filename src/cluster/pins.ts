import { hostPort, splitHostPort } from "../address.js";
import { APISERVER_PORT } from "../ports.js";
import type { FoundItem } from "./api-search.js";
import { clusterObject, identity, type Identity } from "./cluster-object.js";

/** On a ConfigMap, or on a workload's pod template: the endpoint that k8s-ha wrote to it. */
export const ENDPOINT_ANNOTATION = "k8s-ha/endpoint";

/** A replacement in one text of an object: where the text is, which part, and its new value. */
export interface Edit {
  /** Keys and indexes, from the root of the object: `["data", "kubeconfig"]`. */
  readonly at: readonly (string | number)[];
  readonly from: string;
  readonly to: string;
}

/** A place in a cluster object that names an apiserver directly, instead of the Service `kubernetes`. */
export interface Pin {
  /** `ADDRESS:PORT`, or `NAME:PORT`. */
  readonly server: string;
  /** The place, for messages: `data kubeconfig`, `container calico-node, env KUBERNETES_SERVICE_HOST`. */
  readonly place: string;
  /** `url`: `https://` and the server; `variable`: only its address; `text`: anything else, such as a list of targets. */
  readonly form: "url" | "variable" | "text";
  readonly at: Edit["at"];
  /** Variables only: where the port is. */
  readonly portAt?: Edit["at"];
}

/** An object of the cluster that names apiservers; nothing else of its contents is here. */
export interface Pinned extends Identity {
  readonly pins: readonly Pin[];
  /** The endpoint that k8s-ha wrote to it. */
  readonly endpoint?: string;
}

/** A text of an object, and where it is. */
interface Text {
  readonly text: string;
  readonly place: string;
  readonly at: Edit["at"];
}

const HOST = "KUBERNETES_SERVICE_HOST";
const PORT = "KUBERNETES_SERVICE_PORT";
/** The ConfigMaps that other steps point to the endpoint. */
export const OWN_CONFIG_MAPS = [
  "kube-system/kubeadm-config",
  "kube-system/kube-proxy",
  "kube-public/cluster-info",
];

/** The apiservers that an object names, at one of these ports; `undefined` if it names none and was never changed. */
export function pinned(found: FoundItem, ports: readonly number[]): Pinned | undefined {
  const { metadata, data, spec } = clusterObject(found);
  if (OWN_CONFIG_MAPS.includes(`${metadata.namespace}/${metadata.name}`)) return undefined;
  const inData = Object.entries(data).map(([key, text]): [string, Text] => [
    key,
    { text, place: `data ${key}`, at: ["data", key] },
  ]);
  const pins = [...variable(new Map(inData)), ...inData.flatMap(([, text]) => named(text, ports))];
  for (const group of ["initContainers", "containers"] as const) {
    spec?.template.spec[group].forEach(({ name, env, command, args }, index) => {
      const own = ["spec", "template", "spec", group, index];
      const inEnv = env.map(({ name: key, value: text }, i): [string, Text] => [
        key,
        { text, place: `container ${name}, env ${key}`, at: [...own, "env", i, "value"] },
      ]);
      const words = Object.entries({ command, args }).flatMap(([list, all]) =>
        all.map((text, i): Text => ({ text, place: `container ${name}, arguments`, at: [...own, list, i] })),
      );
      pins.push(...variable(new Map(inEnv)));
      pins.push(...[...inEnv.map(([, text]) => text), ...words].flatMap((text) => named(text, ports)));
    });
  }
  const endpoint = (spec?.template ?? { metadata }).metadata.annotations[ENDPOINT_ANNOTATION];
  if (pins.length === 0 && endpoint === undefined) return undefined;
  return { ...identity(found), pins, ...(endpoint !== undefined && { endpoint }) };
}

/** The two variables that client libraries find the API by; the second one may be missing. */
function variable(all: ReadonlyMap<string, Text>): Pin[] {
  const [host, port] = [all.get(HOST), all.get(PORT)];
  if (host === undefined || host.text === "") return [];
  const { place, at } = host;
  const hasPort = port !== undefined && port.text !== "";
  const server = hostPort(host.text, hasPort ? port.text : APISERVER_PORT);
  return [{ server, place, form: "variable", at, ...(hasPort && { portAt: port.at }) }];
}

/** Every server at one of these ports that a text names. */
function named({ text, place, at }: Text, ports: readonly number[]): Pin[] {
  const pattern = new RegExp(
    String.raw`(?<![\w.-])(https://)?((?:[a-z0-9][a-z0-9.-]*|\[[\da-f:]+\]):(?:${ports.join("|")}))(?!\d)`,
    "gi",
  );
  const pins = [...text.matchAll(pattern)].map(([, scheme, server = ""]): Pin => ({
    server,
    place,
    form: scheme === undefined ? "text" : "url",
    at,
  }));
  return [...new Map(pins.map((pin) => [`${pin.form} ${pin.server}`, pin])).values()];
}

/** The edits that point a pin to another server; `undefined` if they cannot be determined. */
export function editsOf(
  pin: Pin,
  to: { address: string; port: number; url: string },
): readonly Edit[] | undefined {
  const { server, form, at, portAt } = pin;
  if (form === "url") return [{ at, from: `https://${server}`, to: to.url }];
  if (form === "text" || portAt === undefined) return undefined;
  const { host, port } = splitHostPort(server);
  const edits = [{ at, from: host, to: to.address }];
  return port === to.port ? edits : [...edits, { at: portAt, from: String(port), to: String(to.port) }];
}

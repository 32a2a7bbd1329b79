import * as z from "zod";
import type { FoundItem } from "../../machine/api-search.js";
import { APISERVER_PORT } from "../../machine/kubectl.js";

/** A place in an object of the cluster that names an apiserver by itself, instead of the Service `kubernetes`. */
export interface Pin {
  /** `ADDRESS:PORT`, or `NAME:PORT`. */
  readonly server: string;
  /** Where: `data kubeconfig`, `container calico-node, env KUBERNETES_SERVICE_HOST`. */
  readonly place: string;
}

/** An object of the cluster that names apiservers; nothing else of its contents is here. */
export interface Pinned {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** The object that made it, and would make it so again: `Installation default`. */
  readonly owner?: string;
  /** The Helm release that it belongs to. */
  readonly release?: string;
  readonly pins: readonly Pin[];
}

const HOST = "KUBERNETES_SERVICE_HOST";
const PORT = "KUBERNETES_SERVICE_PORT";
/** What the migration itself moves to the endpoint. */
const OWN = ["kube-system/kubeadm-config", "kube-system/kube-proxy", "kube-public/cluster-info"];

const container = z.object({
  name: z.string(),
  command: z.array(z.string()).default([]),
  args: z.array(z.string()).default([]),
  env: z.array(z.object({ name: z.string(), value: z.string().default("") })).default([]),
});
const object = z.object({
  metadata: z.object({
    namespace: z.string(),
    name: z.string(),
    annotations: z.record(z.string(), z.string()).default({}),
    ownerReferences: z.array(z.object({ kind: z.string(), name: z.string() })).default([]),
  }),
  data: z.record(z.string(), z.string()).default({}),
  spec: z
    .object({
      template: z.object({
        spec: z.object({
          containers: z.array(container).default([]),
          initContainers: z.array(container).default([]),
        }),
      }),
    })
    .optional(),
});

/** The apiservers that an object names, at one of these ports; `undefined` for one that names none. */
export function pinned({ kind, item }: FoundItem, ports: readonly number[]): Pinned | undefined {
  const { metadata, data, spec } = object.parse(item);
  const { namespace, name, annotations, ownerReferences } = metadata;
  if (OWN.includes(`${namespace}/${name}`)) return undefined;
  const { containers = [], initContainers = [] } = spec?.template.spec ?? {};
  const pins = [
    ...variables(data, "data"),
    ...Object.entries(data).flatMap(([key, text]) => named(text, `data ${key}`, ports)),
    ...[...initContainers, ...containers].flatMap(({ name: own, command, args, env }) => [
      ...variables(Object.fromEntries(env.map((one) => [one.name, one.value])), `container ${own}, env`),
      ...env.flatMap((one) => named(one.value, `container ${own}, env ${one.name}`, ports)),
      ...[...command, ...args].flatMap((word) => named(word, `container ${own}, arguments`, ports)),
    ]),
  ];
  if (pins.length === 0) return undefined;
  const [owner] = ownerReferences;
  const release = annotations["meta.helm.sh/release-name"];
  return {
    kind,
    namespace,
    name,
    ...(owner !== undefined && { owner: `${owner.kind} ${owner.name}` }),
    ...(release !== undefined && { release }),
    pins,
  };
}

/** The two variables by which client libraries find the API; where the second is missing, it is told all the same. */
function variables(all: Readonly<Record<string, string>>, where: string): Pin[] {
  const host = all[HOST] ?? "";
  const port = all[PORT] ?? "";
  return host === ""
    ? []
    : [{ server: `${host}:${port === "" ? APISERVER_PORT : port}`, place: `${where} ${HOST}` }];
}

/** Every server at one of these ports that a text names. */
function named(text: string, place: string, ports: readonly number[]): Pin[] {
  const pattern = new RegExp(String.raw`(?<![\w.-])([a-z0-9][a-z0-9.-]*:(?:${ports.join("|")}))(?!\d)`, "gi");
  return [...new Set([...text.matchAll(pattern)].map((m) => m[1] ?? ""))].map((server) => ({
    server,
    place,
  }));
}

import * as z from "zod";
import type { Inventory } from "../inventory/schema.js";
import { members } from "../inventory/targets.js";
import { APISERVER_PORT } from "../ports.js";
import type { FoundItem } from "./api-search.js";
import { OWN_CONFIG_MAPS } from "./pins.js";

/** The address ranges that a NetworkPolicy allows in one direction. */
export interface AllowedRanges {
  readonly policy: string;
  readonly direction: "ingress" | "egress";
  readonly blocks: readonly { readonly cidr: string; readonly except: readonly string[] }[];
}

const peers = z
  .array(
    z.object({ ipBlock: z.object({ cidr: z.string(), except: z.array(z.string()).default([]) }).optional() }),
  )
  .optional();
const metadata = z.object({
  namespace: z.string().optional(),
  name: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
});
const anything = z.object({
  metadata,
  data: z.unknown().optional(),
  spec: z.unknown().optional(),
  webhooks: z.unknown().optional(),
});
const policy = z.object({
  spec: z.object({
    ingress: z.array(z.object({ from: peers })).default([]),
    egress: z.array(z.object({ to: peers })).default([]),
  }),
});
const service = z.object({
  spec: z.object({ externalIPs: z.array(z.string()).default([]) }),
  status: z
    .object({
      loadBalancer: z
        .object({ ingress: z.array(z.object({ ip: z.string().optional() })).default([]) })
        .prefault({}),
    })
    .prefault({}),
});
const slice = z.object({
  endpoints: z.array(z.object({ addresses: z.array(z.string()) })).nullish(),
});

/** `NAMESPACE/NAME`, or `NAME`. */
export function objectName({ item }: FoundItem): string {
  const { namespace, name } = anything.parse(item).metadata;
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** The external and load balancer addresses of a Service. */
export function externalAddresses(item: unknown): string[] {
  const { spec, status } = service.parse(item);
  return [...spec.externalIPs, ...status.loadBalancer.ingress.flatMap(({ ip }) => ip ?? [])];
}

/** The ranges of each direction that names any; a rule without peers allows all addresses. */
export function rangesOf(found: FoundItem): AllowedRanges[] {
  const { spec } = policy.parse(found.item);
  const directions = [
    ["ingress", spec.ingress.map(({ from }) => from ?? [])],
    ["egress", spec.egress.map(({ to }) => to ?? [])],
  ] as const;
  return directions.flatMap(([direction, rules]) => {
    const blocks = rules.flat().flatMap(({ ipBlock }) => ipBlock ?? []);
    if (blocks.length === 0 || rules.some((rule) => rule.length === 0)) return [];
    return [{ policy: objectName(found), direction, blocks }];
  });
}

/** Whether an object names the address, except in ways that other checks and steps report. */
export function namesAddress(found: FoundItem, address: string, inventory: Inventory): boolean {
  const { kind, item } = found;
  if (kind === "NetworkPolicy") return false;
  if (kind === "Service") return externalAddresses(item).includes(address);
  if (kind === "EndpointSlice") return isOnlyAt(item, address, inventory);
  if (OWN_CONFIG_MAPS.includes(objectName(found))) return false;
  const { data, spec, webhooks } = anything.parse(item);
  const text = JSON.stringify([data, spec, webhooks]);
  // Webhooks are not searched by step `add-ons`, which reports `ADDRESS:PORT` of the API and this variable.
  if (webhooks === undefined && text.includes("KUBERNETES_SERVICE_HOST")) return false;
  const port = webhooks === undefined ? String.raw`|\]?:${APISERVER_PORT}\b` : "";
  const literal = address.replaceAll(".", String.raw`\.`);
  return new RegExp(String.raw`(?<![\w.:-])${literal}(?![\w-]|\.\d${port})`).test(text);
}

/** Whether a slice made by a user has this address, and that of no other machine of the inventory. */
function isOnlyAt(item: unknown, address: string, inventory: Inventory): boolean {
  const { labels, name, namespace } = anything.parse(item).metadata;
  const controller = labels["endpointslice.kubernetes.io/managed-by"];
  if (controller === "endpointslice-controller.k8s.io" || `${namespace}/${name}` === "default/kubernetes")
    return false;
  const all = slice.parse(item).endpoints?.flatMap(({ addresses }) => addresses) ?? [];
  const others = members(inventory)
    .map(({ host }) => host.address)
    .filter((other) => other !== address);
  return all.includes(address) && !all.some((one) => others.includes(one));
}

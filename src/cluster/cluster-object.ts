import * as z from "zod";
import type { FoundItem } from "./api-search.js";
import { rollout, type Workload } from "./workloads.js";

const reference = z.object({ name: z.string().default("") });
const container = z.object({
  name: z.string(),
  command: z.array(z.string()).default([]),
  args: z.array(z.string()).default([]),
  env: z
    .array(
      z.object({
        name: z.string(),
        value: z.string().default(""),
        valueFrom: z.object({ configMapKeyRef: reference.optional() }).optional(),
      }),
    )
    .default([]),
  envFrom: z.array(z.object({ configMapRef: reference.optional() })).default([]),
});
const volume = z.object({
  configMap: reference.optional(),
  projected: z
    .object({ sources: z.array(z.object({ configMap: reference.optional() })).default([]) })
    .optional(),
});
const annotations = z.record(z.string(), z.string()).default({});

/** The fields of a ConfigMap or a workload that steps read. */
const schema = z.object({
  metadata: z.object({
    namespace: z.string(),
    name: z.string(),
    annotations,
    ownerReferences: z.array(z.object({ kind: z.string(), name: z.string() })).default([]),
  }),
  data: z.record(z.string(), z.string()).default({}),
  spec: z
    .object({
      updateStrategy: z.object({ type: z.string().optional() }).default({}),
      template: z.object({
        metadata: z.object({ annotations }).prefault({}),
        spec: z.object({
          containers: z.array(container).default([]),
          initContainers: z.array(container).default([]),
          volumes: z.array(volume).default([]),
        }),
      }),
    })
    .optional(),
});

/** What {@link clusterObject} reads. */
export type ClusterObject = z.infer<typeof schema>;
const objectKind = z.enum(["ConfigMap", "DaemonSet", "Deployment", "StatefulSet"]);
type ObjectKind = z.infer<typeof objectKind>;

/** An object's name, and what decides whether k8s-ha may change it. */
export interface Identity {
  readonly kind: ObjectKind;
  readonly namespace: string;
  readonly name: string;
  /** The object that owns it and would revert a change: `Installation default`. */
  readonly owner?: string;
  /** The Helm release that it belongs to. */
  readonly release?: string;
  /** Its pods restart only when a user deletes them (`OnDelete`). */
  readonly isByHand?: true;
  /** Workloads only: the number of wanted pods, and of those that run the current template. */
  readonly rollout?: { readonly wanted: number; readonly rolled: number };
}

/** Reads an item of a list. */
export function clusterObject({ item }: FoundItem): ClusterObject {
  return schema.parse(item);
}

/** The identity of an object, for changes and messages. */
export function identity({ kind, item }: FoundItem): Identity {
  const { metadata, spec } = schema.parse(item);
  const [owner] = metadata.ownerReferences;
  const release = metadata.annotations["meta.helm.sh/release-name"];
  return {
    kind: objectKind.parse(kind),
    namespace: metadata.namespace,
    name: metadata.name,
    ...(owner !== undefined && { owner: `${owner.kind} ${owner.name}` }),
    ...(release !== undefined && { release }),
    ...(spec?.updateStrategy.type === "OnDelete" && { isByHand: true }),
    ...(spec !== undefined && { rollout: rollout(item as Workload) }),
  };
}

/** Whether a workload's pods read a ConfigMap of their namespace, as environment variables or as files. */
export function readsConfigMap({ spec }: ClusterObject, name: string): boolean {
  const { containers = [], initContainers = [], volumes = [] } = spec?.template.spec ?? {};
  return [
    ...[...containers, ...initContainers].flatMap(({ env, envFrom }) => [
      ...env.map(({ valueFrom }) => valueFrom?.configMapKeyRef),
      ...envFrom.map(({ configMapRef }) => configMapRef),
    ]),
    ...volumes.flatMap(({ configMap, projected }) => [
      configMap,
      ...(projected?.sources ?? []).map((source) => source.configMap),
    ]),
  ].some((found) => found?.name === name);
}

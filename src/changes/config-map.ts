import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import type { ReadOnlyHost } from "../machine/host.js";
import { rawObject, replaceObject } from "../cluster/objects.js";
import type { Query } from "../machine/query.js";
import { COMPONENT_SECONDS, waitUntil } from "../machine/wait.js";
import { Failure } from "../failure.js";
import { unifiedDiff } from "./diff.js";
import type { ApplyContext, BaseChange, ChangeKind } from "./kind.js";

/** Replaces some keys of a ConfigMap; the others stay unchanged. */
export interface ConfigMapChange extends BaseChange {
  readonly kind: "config-map";
  readonly namespace: string;
  readonly name: string;
  readonly data: Readonly<Record<string, { readonly before: string; readonly after: string }>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Whether its signatures for joining nodes (`jws-kubeconfig-TOKEN`) must be renewed before a node can join. */
  readonly signed?: boolean;
}

/** Former values of the change's keys and annotations; `null` for those that did not exist. */
interface Before {
  readonly data: Readonly<Record<string, string | null>>;
  readonly annotations: Readonly<Record<string, string | null>>;
}

interface RawConfigMap {
  metadata: { annotations?: Record<string, string> };
  data?: Record<string, string>;
}

/** Replaces a ConfigMap with its resourceVersion, so that no concurrent edit is lost. */
export const configMapKind: ChangeKind<ConfigMapChange, Before> = {
  kind: "config-map",
  mark: "~",
  describe: (c) => `ConfigMap ${c.namespace}/${c.name}: ${Object.keys(c.data).join(", ")}`,
  diff: (c) =>
    Object.entries(c.data)
      .map(([key, { before, after }]) => unifiedDiff(`${c.namespace}/${c.name}:${key}`, before, after))
      .join("\n"),
  async apply(c, context) {
    const object = await context.host.ask(read(context.host, c));
    const data = (object.data ??= {});
    if (Object.entries(c.data).every(([key, { after }]) => data[key] === after)) return;
    for (const [key, { before, after }] of Object.entries(c.data)) {
      if (data[key] !== before && data[key] !== after) {
        throw new Failure(
          `the ConfigMap ${c.namespace}/${c.name} was modified outside k8s-ha since the plan was made`,
          {
            host: context.host.name,
            hint: "inspect it, then run the same command again: k8s-ha makes a new plan from its current content",
          },
        );
      }
    }
    const after = Object.fromEntries(Object.entries(c.data).map(([key, text]) => [key, text.after]));
    await replace(c, object, { data: after, annotations: c.annotations ?? {} }, context);
  },
  undo: {
    target: (c) => `${c.namespace}/${c.name}`,
    async before(c, { host }) {
      const { data = {}, metadata } = await host.ask(read(host, c));
      return {
        data: pick(data, Object.keys(c.data)),
        annotations: pick(metadata.annotations ?? {}, Object.keys(c.annotations ?? {})),
      };
    },
    merge: (earlier, later) => ({
      data: { ...later.data, ...earlier.data },
      annotations: { ...later.annotations, ...earlier.annotations },
    }),
    describe: (c, { data }) => `ConfigMap ${c.namespace}/${c.name}: restore ${Object.keys(data).join(", ")}`,
    async drift(c, before, host) {
      const { data = {} } = await host.ask(read(host, c));
      const others = Object.entries(c.data).filter(
        ([key, { after }]) => !sameText(data[key], after) && !sameText(data[key], before.data[key]),
      );
      return others.length === 0
        ? undefined
        : `${others.map(([key]) => key).join(", ")} in the ConfigMap ${c.namespace}/${c.name} was modified outside k8s-ha`;
    },
    async undo(c, before, context) {
      const object = await context.host.ask(read(context.host, c));
      const isBack = Object.entries(before.data).every(
        ([key, text]) => (object.data?.[key] ?? null) === text,
      );
      if (!isBack) await replace(c, object, before, context);
    },
  },
};

/** Whether two texts are equal as YAML: kubeadm join rewrites the ClusterConfiguration with its keys in another order. */
function sameText(one: string | null | undefined, other: string | null | undefined): boolean {
  if (one == null || other == null) return (one ?? null) === (other ?? null);
  if (one === other) return true;
  try {
    return isDeepStrictEqual(parse(one), parse(other));
  } catch {
    return false;
  }
}

const pathOf = ({ namespace, name }: ConfigMapChange): string =>
  `/api/v1/namespaces/${namespace}/configmaps/${name}`;

function read(host: ReadOnlyHost, c: ConfigMapChange): Query<RawConfigMap> {
  return rawObject(host, pathOf(c));
}

async function replace(
  c: ConfigMapChange,
  object: RawConfigMap,
  wanted: Before,
  { host, fleet, note }: ApplyContext,
): Promise<void> {
  const signatures = signaturesOf(object);
  object.data = put(object.data, wanted.data);
  object.metadata.annotations = put(object.metadata.annotations, wanted.annotations);
  await replaceObject(host, pathOf(c), object);
  if (c.signed !== true) return;
  // A stale signature makes a join fail: the bootstrap signer renews them within seconds.
  note("waiting for new signatures");
  await waitUntil(`new signatures in ${c.namespace}/${c.name}`, COMPONENT_SECONDS, fleet.signal, async () => {
    const now = new Map(signaturesOf(await host.ask(read(host, c))));
    return signatures.every(([key, old]) => now.get(key) !== old);
  });
}

function pick(all: Readonly<Record<string, string>>, keys: readonly string[]): Record<string, string | null> {
  return Object.fromEntries(keys.map((key) => [key, all[key] ?? null]));
}

/** `null` removes a key. */
function put(
  all: Readonly<Record<string, string>> = {},
  wanted: Readonly<Record<string, string | null>>,
): Record<string, string> {
  const merged = { ...all, ...wanted };
  return Object.fromEntries(
    Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

function signaturesOf(object: RawConfigMap): [string, string][] {
  return Object.entries(object.data ?? {}).filter(([key]) => key.startsWith("jws-kubeconfig-"));
}

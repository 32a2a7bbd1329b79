import { Failure } from "../failure.js";
import type { ReadOnlyHost } from "../machine/host.js";
import { ENDPOINT_ANNOTATION, type Edit } from "../cluster/pins.js";
import { rawObject, replaceObject } from "../cluster/objects.js";
import { CommandFailed, type Query } from "../machine/query.js";
import type { WorkloadKind } from "../cluster/workloads.js";
import type { ApplyContext, BaseChange, ChangeKind } from "./kind.js";
import { replaceStuckPods, waitForRollout } from "./rollout.js";

/** Points a cluster object that names an apiserver to another one. The change contains no other part of the object. */
export interface RepointChange extends BaseChange {
  readonly kind: "repoint";
  readonly object: "ConfigMap" | WorkloadKind;
  readonly namespace: string;
  readonly name: string;
  readonly edits: readonly Edit[];
  /** The endpoint that it names afterwards, for its annotation. */
  readonly endpoint: string;
}

/** The edits, and the former annotation. */
interface Before {
  readonly edits: readonly Edit[];
  readonly annotation: string | null;
}

interface Annotated {
  metadata?: { annotations?: Record<string, string | undefined> };
}
type RawObject = Annotated & { spec?: { template?: Annotated } };

/** Replaces an object with its resourceVersion, so that no concurrent edit is lost. */
export const repointKind: ChangeKind<RepointChange, Before> = {
  kind: "repoint",
  mark: "~",
  describe: (c) => `${c.object} ${c.namespace}/${c.name}: point to ${c.endpoint}`,
  diff: (c) =>
    c.edits
      .flatMap(({ at, from, to }) => [`- ${at.join(".")}: ${from}`, `+ ${at.join(".")}: ${to}`])
      .join("\n"),
  interrupts: ({ object, name }) =>
    object === "ConfigMap" ? undefined : { what: `each pod of ${name} while it restarts`, seconds: 30 },
  async apply(c, context) {
    const object = await context.host.ask(read(context.host, c));
    const isDone = c.edits.every(({ at, from }) => !has(textAt(object, at), from));
    if (isDone && annotations(c, object)[ENDPOINT_ANNOTATION] === c.endpoint) return;
    const isOther = c.edits.some(
      ({ at, from, to }) => !has(textAt(object, at), from) && !has(textAt(object, at), to),
    );
    if (isOther) {
      throw new Failure(
        `${c.object} ${c.namespace}/${c.name} was modified outside k8s-ha since the plan was made`,
        {
          host: context.host.name,
          hint: "inspect it, then run the same command again: k8s-ha makes a new plan from its current content",
        },
      );
    }
    await replace(c, object, { edits: c.edits, annotation: c.endpoint }, context);
    if (c.object !== "ConfigMap") await replaceStuckPods(c.object, c, context);
  },
  undo: {
    target: (c) => `${c.object} ${c.namespace}/${c.name}`,
    async before(c, { host }) {
      const own = annotations(c, await host.ask(read(host, c)));
      return { edits: c.edits, annotation: own[ENDPOINT_ANNOTATION] ?? null };
    },
    merge: (earlier, later) => ({ ...earlier, edits: [...earlier.edits, ...later.edits] }),
    describe: (c, { edits }) =>
      `${c.object} ${c.namespace}/${c.name}: point back to ${[...new Set(edits.map(({ from }) => from))].join(", ")}`,
    async drift(c, { edits }, host) {
      const object = await readIfThere(host, c);
      if (object === undefined) return undefined;
      const others = edits.filter(
        ({ at, from, to }) => !has(textAt(object, at), to) && !has(textAt(object, at), from),
      );
      return others.length === 0
        ? undefined
        : `${others.map(({ at }) => at.join(".")).join(", ")} in ${c.object} ${c.namespace}/${c.name} was modified outside k8s-ha`;
    },
    async undo(c, { edits, annotation }, context) {
      const object = await readIfThere(context.host, c);
      if (object === undefined) return;
      const back = edits.map(({ at, from, to }) => ({ at, from: to, to: from })).reverse();
      await replace(c, object, { edits: back, annotation }, context);
      // The address that its pods use now is removed after this.
      if (c.object !== "ConfigMap") await waitForRollout(c.object, c, context);
    },
  },
};

function pathOf({ object, namespace, name }: RepointChange): string {
  const group = object === "ConfigMap" ? "/api/v1" : "/apis/apps/v1";
  return `${group}/namespaces/${namespace}/${object.toLowerCase()}s/${name}`;
}

function read(host: ReadOnlyHost, c: RepointChange): Query<RawObject> {
  return rawObject(host, pathOf(c), { secretOutput: true });
}

/** {@link read}; `undefined` if the object was deleted: there is nothing to undo. */
async function readIfThere(host: ReadOnlyHost, c: RepointChange): Promise<RawObject | undefined> {
  try {
    return await host.ask(read(host, c));
  } catch (error) {
    if (error instanceof CommandFailed && error.stderr.includes("(NotFound)")) return undefined;
    throw error;
  }
}

async function replace(
  c: RepointChange,
  object: RawObject,
  wanted: Before,
  { host }: ApplyContext,
): Promise<void> {
  const before = JSON.stringify(object);
  for (const edit of wanted.edits) replaceAt(object, edit);
  // JSON omits what is undefined.
  annotations(c, object)[ENDPOINT_ANNOTATION] = wanted.annotation ?? undefined;
  if (JSON.stringify(object) === before) return;
  await replaceObject(host, pathOf(c), object);
}

/** The annotations of a workload's pod template, so that its pods restart; or those of a ConfigMap. */
function annotations({ object: kind }: RepointChange, object: RawObject): Record<string, string | undefined> {
  const holder = kind === "ConfigMap" ? object : object.spec?.template;
  if (holder === undefined) return {};
  return ((holder.metadata ??= {}).annotations ??= {});
}

function valueAt(object: unknown, at: Edit["at"]): unknown {
  return at.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null
        ? (value as Record<string | number, unknown>)[key]
        : undefined,
    object,
  );
}

function textAt(object: RawObject, at: Edit["at"]): string {
  const text = valueAt(object, at);
  return typeof text === "string" ? text : "";
}

function replaceAt(object: RawObject, { at, from, to }: Edit): void {
  const holder = valueAt(object, at.slice(0, -1)) as Record<string | number, unknown> | undefined;
  const key = at.at(-1);
  // Also if the place no longer exists: a later modification outside k8s-ha is not overwritten.
  if (holder === undefined || key === undefined || !has(textAt(object, at), from)) return;
  holder[key] = textAt(object, at).replaceAll(whole(from), () => to);
}

function has(text: string, piece: string): boolean {
  return whole(piece).test(text);
}

/** Matches a whole server only: `10.0.0.1:6443` is not in `10.0.0.1:64430`. */
function whole(piece: string): RegExp {
  return new RegExp(String.raw`(?<![\w.-])${piece.replaceAll(/[^\w]/g, String.raw`\$&`)}(?![\w-])`, "g");
}

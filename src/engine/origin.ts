import { createHash } from "node:crypto";
import type { Inventory } from "../inventory/schema.js";
import type { Playbook } from "../playbook/schema.js";

/** An inventory as it is saved, with the keys that a file has. */
type Keys = Omit<Inventory, "cluster"> & {
  readonly cluster: Omit<Inventory["cluster"], "endpoint"> & { readonly endpoint: string };
};

/** The inputs of a plan or a run, saved with it to detect later changes; {@link OWN_KEYS} are not compared. */
export interface Origin {
  /** The version of this program. */
  readonly version: string;
  readonly inventory: Digested<Keys>;
  readonly playbook: Digested<Playbook["steps"]>;
}

interface Digested<T> {
  readonly sha256: string;
  readonly content: T;
}

/** The origin for these inputs. Comments and the order of keys in the files are ignored. */
export function originOf(version: string, inventory: Inventory, playbook: Playbook): Origin {
  const { cluster } = inventory;
  const keys = { ...inventory, cluster: { ...cluster, endpoint: cluster.endpoint.text } };
  return { version, inventory: digested(keys, isShared), playbook: digested(playbook.steps) };
}

/** Logins, and files of the operator's machine: another operator may have others. */
const OWN_KEYS = ["ssh", "operatorDirectory", "passphraseFile", "passwordFile"];

/** Whether a value of an inventory belongs to the migration, independent of who runs it and where. */
function isShared(path: string): boolean {
  return !path.split(/[.[]/).some((key) => OWN_KEYS.includes(key));
}

function digested<T>(content: T, counts: (path: string) => boolean = () => true): Digested<T> {
  const leaves = leavesOf(content)
    .filter(([path]) => counts(path))
    .map(([path, value]) => `${path}=${value}`);
  return { sha256: createHash("sha256").update(leaves.toSorted().join("\n")).digest("hex"), content };
}

/** The differences between two origins, one line each; empty if they are equal. */
export function changedSince(former: Origin, now: Origin): string[] {
  return [
    ...(former.version === now.version ? [] : [`k8s-ha: ${former.version}, now ${now.version}`]),
    ...(former.inventory.sha256 === now.inventory.sha256
      ? []
      : changedValues(former.inventory.content, now.inventory.content).map((line) => `inventory: ${line}`)),
    ...(former.playbook.sha256 === now.playbook.sha256
      ? []
      : [`playbook: ${changedSteps(former.playbook.content, now.playbook.content)}`]),
  ];
}

function changedValues(former: Keys, now: Keys): string[] {
  const [before, after] = [new Map(leavesOf(former)), new Map(leavesOf(now))];
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => isShared(path) && before.get(path) !== after.get(path))
    .map((path) => `${path}: ${before.get(path) ?? "not set"}, now ${after.get(path) ?? "not set"}`);
}

function changedSteps(former: Playbook["steps"], now: Playbook["steps"]): string {
  const inOther = (id: string, others: Playbook["steps"]) => others.find((other) => other.id === id);
  const gone = former.filter(({ id }) => inOther(id, now) === undefined);
  const added = now.filter(({ id }) => inOther(id, former) === undefined);
  const other = now.filter((step) => {
    const before = inOther(step.id, former);
    return before !== undefined && digested(before).sha256 !== digested(step).sha256;
  });
  const lines = [
    ...gone.map(({ id }) => `removed ${id}`),
    ...added.map(({ id }) => `added ${id}`),
    ...other.map(({ id }) => `changed ${id}`),
  ];
  return lines.length === 0 ? "order of the steps" : lines.join(", ");
}

/** Every value with its path, such as `controlPlane[0].address`. An empty list or mapping is also a value. */
function leavesOf(value: unknown, path = ""): [string, string][] {
  if (value === undefined) return [];
  const isParent = typeof value === "object" && value !== null && Object.keys(value).length > 0;
  if (!isParent) return [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, child]) => {
    const part = Array.isArray(value) ? `[${key}]` : path === "" ? key : `.${key}`;
    return leavesOf(child, `${path}${part}`);
  });
}

import { parseDocument } from "yaml";
import type { Change } from "../../src/changes/change.js";
import type { Problem, Step } from "../../src/steps/step.js";
import { readFacts } from "../recorded/facts-file.js";
import { labInventory, type Overrides } from "./inventory.js";

/** `fresh`: the single-master cluster; `migrated`: the same hosts after a migration. */
export type State = "fresh" | "migrated";

/** Facts that a test may edit. */
export type Editable<T> =
  T extends ReadonlyMap<infer K, infer V>
    ? Map<K, Editable<V>>
    : T extends object
      ? { -readonly [K in keyof T]: Editable<T[K]> }
      : T;

/** The facts that a step found on real hosts. A step that takes no fleet to look at has nothing to record. */
export function recorded<Facts>(step: Step<Facts>, state: State): Editable<Facts> {
  return step.probe.length === 0 ? (null as Editable<Facts>) : (readFacts(state, step.id) as Editable<Facts>);
}

/** What a step plans from its recorded facts, after a test's edits of facts and inventory. */
export function planOf<Facts>(
  step: Step<Facts>,
  state: State,
  edit: (facts: Editable<Facts>) => void = () => undefined,
  overrides: Overrides = {},
): { changes: readonly Change[]; problems: readonly Problem[] } {
  const facts = recorded(step, state);
  edit(facts);
  const { changes, problems = [] } = step.plan(facts as Facts, labInventory(overrides));
  return { changes, problems };
}

/** Nothing to do and nothing to say. */
export const NOTHING = { changes: [], problems: [] };

/** The entry of a list that has this name. */
export function named<T extends { name: string }>(list: readonly T[], name: string): T {
  const found = list.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`the recorded facts have no ${name}`);
  return found;
}

/** A value that the recorded facts must have. */
export function must<T>(value: T | undefined | null): T {
  if (value === undefined || value === null) throw new Error("the recorded facts lack a value");
  return value;
}

/** A recorded ClusterConfiguration with an external etcd in place of kubeadm's own. */
export function externalEtcd(
  clusterConfiguration: string,
  files: object = {
    caFile: "/etc/etcd/ca.crt",
    certFile: "/etc/etcd/client.crt",
    keyFile: "/etc/etcd/client.key",
  },
): string {
  const document = parseDocument(clusterConfiguration);
  const endpoints = ["https://10.88.0.41:2379", "https://10.88.0.42:2379"];
  document.set("etcd", { external: { endpoints, ...files } });
  return document.toString();
}

/** A recorded ClusterConfiguration by which all apiservers use the first master's etcd. */
export function oneEtcd(clusterConfiguration: string): string {
  const document = parseDocument(clusterConfiguration);
  document.setIn(["apiServer", "extraArgs", "etcd-servers"], "https://10.88.0.11:2379");
  return document.toString();
}

import { parseDocument } from "yaml";
import type { Inventory } from "../../src/inventory/schema.js";
import type { Problem, Step, StepPlan } from "../../src/steps/step.js";
import { allSteps } from "../../src/steps/all.js";
import type { PreflightCheck } from "../../src/steps/preflight/check.js";
import {
  type FactsState,
  isRecorded,
  readCheckFacts,
  readFacts,
  type VERSIONS,
} from "../recorded/facts-file.js";
import { labInventory, type Overrides } from "./inventory.js";

/** A version of Kubernetes whose facts are recorded. */
export type Version = (typeof VERSIONS)[number];

/** All steps whose facts are recorded: those that have their own facts. */
export const recordedSteps = allSteps.filter(({ id }) => isRecorded(id));

/** Facts that a test may edit. */
export type Editable<T> =
  T extends ReadonlyMap<infer K, infer V>
    ? Map<K, Editable<V>>
    : T extends object
      ? { -readonly [K in keyof T]: Editable<T[K]> }
      : T;

/**
 * What the inventory of a version's lab ignores of kubeadm's preflight: cgroup v1, and URLs that newer releases of Go
 * reject.
 */
const IGNORED: Partial<Record<Version, readonly string[]>> = {
  "1.30.14": ["HTTPProxyCIDR"],
  "1.37.2": ["SystemVerification"],
};

/** The inventory with which the facts of a version were recorded; see `labInventory`. */
export function inventoryOf(version: Version, overrides: Overrides = {}, ways?: object): Inventory {
  const ignorePreflightErrors = IGNORED[version] ?? [];
  return labInventory({ kubeadm: { ignorePreflightErrors }, ...overrides }, ways);
}

/** The recorded facts of one version of Kubernetes, and the plans of steps from them. */
export function on(version: Version): {
  /** The facts that a step found on real hosts. A step that does not query hosts has nothing to record. */
  readonly recorded: <Facts>(step: Step<Facts>, state: FactsState) => Editable<Facts>;
  /** The plan of a step from its recorded facts, after a test's edits of facts and inventory. */
  readonly planOf: <Facts>(
    step: Step<Facts>,
    state: FactsState,
    edit?: (facts: Editable<Facts>) => void,
    overrides?: Overrides,
  ) => Required<StepPlan>;
  /** The result of a preflight check on real hosts. */
  readonly found: <Facts>(check: PreflightCheck<Facts>, state: FactsState) => Editable<Facts>;
  /** The problems that a preflight check reports there, after a test's edits of facts and inventory. */
  readonly problemsOf: <Facts>(
    check: PreflightCheck<Facts>,
    state: FactsState,
    edit?: (facts: Editable<Facts>) => void,
    overrides?: Overrides,
  ) => readonly Problem[];
} {
  const recorded = <Facts>(step: Step<Facts>, state: FactsState) => {
    const facts = step.probe.length === 0 ? null : readFacts(version, state, step.id);
    return facts as Editable<Facts>;
  };
  const found = <Facts>(check: PreflightCheck<Facts>, state: FactsState) =>
    readCheckFacts(version, state, check.id) as Editable<Facts>;
  return {
    recorded,
    planOf: (step, state, edit = () => undefined, overrides = {}) => {
      const facts = recorded(step, state);
      edit(facts);
      const { changes, problems = [] } = step.plan(
        facts as typeof facts & Parameters<typeof step.plan>[0],
        inventoryOf(version, overrides),
      );
      return { changes, problems };
    },
    found,
    problemsOf: (check, state, edit = () => undefined, overrides = {}) => {
      const facts = found(check, state);
      edit(facts);
      return check.problems(
        facts as typeof facts & Parameters<typeof check.problems>[0],
        inventoryOf(version, overrides),
      );
    },
  };
}

/** The facts of the newest version. */
export const { recorded, planOf, found, problemsOf } = on("1.37.2");

/** The plan without changes and problems. */
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

/** What the cluster had before a run; plain data, for the journal. */
export interface Baseline {
  /** The store's revision. */
  readonly revision: number;
  /** Kind → number of objects. */
  readonly objects: Readonly<Record<string, number>>;
  /** UIDs of the pods without a controller that were Ready → `NAMESPACE/NAME`. */
  readonly readyPods: Readonly<Record<string, string>>;
  /** `KIND NAMESPACE/NAME` → number of ready pods. */
  readonly readyReplicas: Readonly<Record<string, number>>;
  /** The names of the nodes that were not Ready; absent in journals of former versions. */
  readonly notReadyNodes?: readonly string[];
}

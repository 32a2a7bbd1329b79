import { objectCounts, podRows, workloadRows } from "../cluster/contents.js";
import { isReady, nodes } from "../cluster/kubernetes.js";
import { lostPods } from "../cluster/lost-pods.js";
import type { Baseline } from "../engine/baseline.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import { check, type Check } from "../steps/step.js";

/** Reads the state with which {@link comparison} compares the cluster after a run. */
export async function baseline(fleet: ReadOnlyFleet): Promise<Baseline> {
  const [{ counts, pods, workloads }, all] = await Promise.all([current(fleet), nodes(fleet)]);
  return {
    ...counts,
    readyPods: Object.fromEntries(
      pods.flatMap(({ uid, name, ready, isOwned }) => (ready && !isOwned ? [[uid, name]] : [])),
    ),
    readyReplicas: Object.fromEntries(workloads.map(({ name, ready }) => [name, ready])),
    notReadyNodes: all.filter((node) => !isReady(node)).map(({ metadata }) => metadata.name),
  };
}

/** Checks that after a run nothing is missing that was there before, and that what was ready still is, except on lost hosts. */
export async function comparison(fleet: ReadOnlyFleet, before: Baseline): Promise<Check[]> {
  const [{ counts, pods, workloads }, lost] = await Promise.all([
    current(fleet),
    lostPods(fleet, before.notReadyNodes),
  ]);
  const { name } = fleet.firstMaster;
  const missing = Object.entries(before.objects).flatMap(([kind, count]) => {
    const now = counts.objects[kind] ?? 0;
    return now < count ? [`${kind}: ${now}, before ${count}`] : [];
  });
  const notReady = pods
    .filter(
      ({ uid, ready, isEnding }) => !ready && !isEnding && uid in before.readyPods && !lost.uids.has(uid),
    )
    .map((pod) => pod.name);
  const lower = Object.entries(before.readyReplicas).flatMap(([workload, count]) => {
    const now = workloads.find((one) => one.name === workload);
    // A workload that was deleted or scaled down meanwhile needs fewer.
    const wanted = Math.min(count, (now?.wanted ?? 0) - (lost.ofWorkload.get(workload) ?? 0));
    return now !== undefined && now.ready < wanted ? [`${workload}: ${now.ready} of ${wanted}`] : [];
  });
  const age = counts.revision < before.revision ? `${counts.revision}, before ${before.revision}` : KEPT;
  return [
    check(name, "revision of etcd since the run started", KEPT, age),
    check(name, "kinds with fewer objects than before the run", "none", list(missing)),
    check(
      name,
      "pods without a controller that were Ready before the run and are not now",
      "none",
      list(notReady),
    ),
    check(name, "workloads with fewer ready pods than before the run", "none", list(lower)),
  ];
}

const KEPT = "not lower";
/** More names are of no use in one line. */
const MOST = 10;

function list(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const more = names.length > MOST ? ` and ${names.length - MOST} more` : "";
  return `${names.slice(0, MOST).join(", ")}${more}`;
}

async function current(fleet: ReadOnlyFleet) {
  const { firstMaster } = fleet;
  const [counts, pods, workloads] = await Promise.all([
    firstMaster.ask(objectCounts(firstMaster)),
    firstMaster.ask(podRows(firstMaster)),
    firstMaster.ask(workloadRows(firstMaster)),
  ]);
  return { counts, pods, workloads };
}

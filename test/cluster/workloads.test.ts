import { expect, it } from "vitest";
import { rollout, type Workload } from "../../src/cluster/workloads.js";

const template = { metadata: {} };
const of = (spec: object, status: object): Workload => ({
  metadata: { name: "x", generation: 2 },
  spec: { template, ...spec },
  status: { observedGeneration: 2, ...status },
});

it.each<[string, Workload, number, number]>([
  ["a DaemonSet", of({}, { desiredNumberScheduled: 4, updatedNumberScheduled: 3, numberAvailable: 4 }), 4, 3],
  [
    "a Deployment during its rollout",
    of({ replicas: 2 }, { updatedReplicas: 1, availableReplicas: 2 }),
    2,
    1,
  ],
  ["a Deployment without replicas", of({ replicas: 0 }, {}), 0, 0],
  ["a StatefulSet before 1.24", of({ replicas: 3 }, { updatedReplicas: 3, readyReplicas: 2 }), 3, 2],
  [
    "a template that no controller has observed yet",
    of({}, { observedGeneration: 1, updatedReplicas: 1, readyReplicas: 1 }),
    1,
    0,
  ],
])("reports the rollout of %s", (_, workload, wanted, rolled) => {
  expect(rollout(workload)).toEqual({ wanted, rolled });
});

import type { Migration } from "../../src/engine/migration.js";
import { kubeadmMigration } from "../../src/migration/kubeadm-migration.js";

/** A migration that finds nothing in a cluster to measure and to verify. */
export const quietMigration: Migration = {
  ...kubeadmMigration,
  probeAvailability: () => Promise.resolve({ stop: () => Promise.resolve([]) }),
  baseline: () => Promise.resolve({ revision: 1, objects: {}, readyPods: {}, readyReplicas: {} }),
  healthChecks: () => Promise.resolve([]),
  writingChecks: () => Promise.resolve([]),
};

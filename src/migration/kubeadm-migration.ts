import type { Migration } from "../engine/migration.js";
import { startMember } from "../steps/control-plane/start-member.js";
import { requireApi } from "./require-api.js";

/** The migration of a cluster that kubeadm created. */
export const kubeadmMigration: Migration = {
  repairStep: startMember.id,
  requireReady: requireApi,
};

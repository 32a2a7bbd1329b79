import { apiserverCertificateKind } from "./apiserver-certificate.js";
import { backupKind } from "./backup.js";
import { configMapKind } from "./config-map.js";
import { fileKind } from "./file.js";
import { fileCopyKind } from "./file-copy.js";
import { firewallKind } from "./firewall.js";
import { folderKind } from "./folder.js";
import { haproxyConfigKind } from "./haproxy-config.js";
import { imagesKind } from "./images.js";
import { joinKind } from "./join.js";
import { joinWorkerKind } from "./join-worker.js";
import { keepalivedConfigKind } from "./keepalived-config.js";
import type { ChangeKind, Mark } from "./kind.js";
import { kubeconfigKind } from "./kubeconfig.js";
import { kubeletRestartKind } from "./kubelet-restart.js";
import { markControlPlaneKind } from "./mark-control-plane.js";
import { packagesKind } from "./packages.js";
import { repointKind } from "./repoint.js";
import { resetKind } from "./reset.js";
import { revokeKind } from "./revoke.js";
import { rolloutKind } from "./rollout.js";
import { lastingRunKind, runKind } from "./run.js";
import { selinuxBooleansKind } from "./selinux-booleans.js";
import { selinuxPermissiveKind } from "./selinux-permissive.js";
import { serviceKind } from "./service.js";
import { staticPodFlagKind } from "./static-pod-flag.js";
import { staticPodRestartKind } from "./static-pod-restart.js";
import { staticPodKind } from "./static-pod.js";
import { sysctlKind } from "./sysctl.js";
import { ufwKind } from "./ufw.js";
import { ufwOffKind } from "./ufw-off.js";
import { uploadCertsKind } from "./upload-certs.js";

/** Every kind of change. */
const kinds = [
  apiserverCertificateKind,
  backupKind,
  configMapKind,
  fileKind,
  fileCopyKind,
  firewallKind,
  folderKind,
  haproxyConfigKind,
  imagesKind,
  joinKind,
  joinWorkerKind,
  keepalivedConfigKind,
  kubeconfigKind,
  kubeletRestartKind,
  markControlPlaneKind,
  packagesKind,
  repointKind,
  resetKind,
  revokeKind,
  rolloutKind,
  lastingRunKind,
  runKind,
  selinuxBooleansKind,
  selinuxPermissiveKind,
  serviceKind,
  staticPodFlagKind,
  staticPodRestartKind,
  staticPodKind,
  sysctlKind,
  ufwKind,
  ufwOffKind,
  uploadCertsKind,
] as const;

/** One change on one host. */
export type Change = Parameters<(typeof kinds)[number]["apply"]>[0];

const byName: ReadonlyMap<string, (typeof kinds)[number]> = new Map(kinds.map((kind) => [kind.kind, kind]));

/** Whether this version knows a change's kind: another version may have written the journal. */
export function isKnown(change: { readonly kind: string }): change is Change {
  return byName.has(change.kind);
}

/** How a change of this kind is shown, applied and undone. */
export function kindOf<C extends Change>(change: C): ChangeKind<C> {
  return byName.get(change.kind) as unknown as ChangeKind<C>;
}

/** The mark of a change in a plan. */
export function markOf(change: Change): Mark {
  const { mark } = kindOf(change);
  return typeof mark === "string" ? mark : mark(change);
}

/** Whether a rollback past this change must remove an etcd member; see {@link ChangeKind.isPastReturn}. */
export function isPointOfNoReturn(change: Change): boolean {
  return kindOf(change).isPastReturn?.(change) === true;
}

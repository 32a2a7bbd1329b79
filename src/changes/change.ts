import { apiserverCertificateKind, type ApiserverCertificateChange } from "./apiserver-certificate.js";
import { backupKind, type BackupChange } from "./backup.js";
import { configMapKind, type ConfigMapChange } from "./config-map.js";
import { fileKind, type FileChange } from "./file.js";
import { fileCopyKind, type FileCopyChange } from "./file-copy.js";
import { firewallKind, type FirewallChange } from "./firewall.js";
import { folderKind, type FolderChange } from "./folder.js";
import { haproxyConfigKind, type HaproxyConfigChange } from "./haproxy-config.js";
import { imagesKind, type ImagesChange } from "./images.js";
import { joinKind, type JoinChange } from "./join.js";
import { joinWorkerKind, type JoinWorkerChange } from "./join-worker.js";
import { keepalivedConfigKind, type KeepalivedConfigChange } from "./keepalived-config.js";
import type { ChangeKind } from "./kind.js";
import { kubeconfigKind, type KubeconfigChange } from "./kubeconfig.js";
import { kubeletRestartKind, type KubeletRestartChange } from "./kubelet-restart.js";
import { packagesKind, type PackagesChange } from "./packages.js";
import { repointKind, type RepointChange } from "./repoint.js";
import { resetKind, type ResetChange } from "./reset.js";
import { revokeKind, type RevokeChange } from "./revoke.js";
import { rolloutKind, type RolloutChange } from "./rollout.js";
import { lastingRunKind, runKind, type LastingRunChange, type RunChange } from "./run.js";
import { selinuxBooleansKind, type SelinuxBooleansChange } from "./selinux-booleans.js";
import { selinuxPermissiveKind, type SelinuxPermissiveChange } from "./selinux-permissive.js";
import { serviceKind, type ServiceChange } from "./service.js";
import { staticPodFlagKind, type StaticPodFlagChange } from "./static-pod-flag.js";
import { staticPodRestartKind, type StaticPodRestartChange } from "./static-pod-restart.js";
import { staticPodKind, type StaticPodChange } from "./static-pod.js";
import { sysctlKind, type SysctlChange } from "./sysctl.js";
import { ufwKind, type UfwChange } from "./ufw.js";
import { ufwOffKind, type UfwOffChange } from "./ufw-off.js";
import { uploadCertsKind, type UploadCertsChange } from "./upload-certs.js";

/** One change on one host. */
export type Change =
  | ApiserverCertificateChange
  | BackupChange
  | ConfigMapChange
  | FileChange
  | FileCopyChange
  | FirewallChange
  | FolderChange
  | HaproxyConfigChange
  | ImagesChange
  | JoinChange
  | JoinWorkerChange
  | KeepalivedConfigChange
  | KubeconfigChange
  | KubeletRestartChange
  | LastingRunChange
  | PackagesChange
  | RepointChange
  | ResetChange
  | RevokeChange
  | RolloutChange
  | RunChange
  | SelinuxBooleansChange
  | SelinuxPermissiveChange
  | ServiceChange
  | StaticPodChange
  | StaticPodFlagChange
  | StaticPodRestartChange
  | SysctlChange
  | UfwChange
  | UfwOffChange
  | UploadCertsChange;

type Kinds = { readonly [K in Change["kind"]]: ChangeKind<Extract<Change, { kind: K }>> };

const kinds: Kinds = {
  "apiserver-certificate": apiserverCertificateKind,
  backup: backupKind,
  "config-map": configMapKind,
  file: fileKind,
  "file-copy": fileCopyKind,
  firewall: firewallKind,
  folder: folderKind,
  "haproxy-config": haproxyConfigKind,
  images: imagesKind,
  join: joinKind,
  "join-worker": joinWorkerKind,
  "keepalived-config": keepalivedConfigKind,
  kubeconfig: kubeconfigKind,
  "kubelet-restart": kubeletRestartKind,
  "lasting-run": lastingRunKind,
  packages: packagesKind,
  repoint: repointKind,
  reset: resetKind,
  revoke: revokeKind,
  rollout: rolloutKind,
  run: runKind,
  "selinux-booleans": selinuxBooleansKind,
  "selinux-permissive": selinuxPermissiveKind,
  service: serviceKind,
  "static-pod": staticPodKind,
  "static-pod-flag": staticPodFlagKind,
  "static-pod-restart": staticPodRestartKind,
  sysctl: sysctlKind,
  ufw: ufwKind,
  "ufw-off": ufwOffKind,
  "upload-certs": uploadCertsKind,
};

/** Whether this version knows a change's kind: another version may have written the journal. */
export function isKnown(change: { readonly kind: string }): change is Change {
  return Object.hasOwn(kinds, change.kind);
}

/** How a change of this kind is shown, applied and undone. */
export function kindOf<C extends Change>(change: C): ChangeKind<C> {
  return kinds[change.kind] as unknown as ChangeKind<C>;
}

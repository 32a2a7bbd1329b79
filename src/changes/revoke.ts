import { joinSecrets, KUBEADM_CERTS, type JoinSecret } from "../cluster/join-secrets.js";
import { kubectl } from "../machine/kubectl.js";
import type { ReadOnlyHost, WritableHost } from "../machine/host.js";
import { sh } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** Revokes the tokens and the uploaded certificates that let machines join; the run itself creates most of them. */
export interface RevokeChange extends BaseChange {
  readonly kind: "revoke";
}

/** A later run finds the tokens that an earlier one left by these descriptions. */
export const MASTER_TOKEN = "k8s-ha: lets one master join";
export const WORKER_TOKEN = "k8s-ha: lets one worker join";
/** kubeadm's own description of the token that keeps kubeadm-certs alive (kubeadm, phases/copycerts). */
const CERTS_TOKEN_DESCRIPTION = "Proxy for managing TTL for the kubeadm-certs secret";
const OURS: readonly string[] = [MASTER_TOKEN, WORKER_TOKEN, CERTS_TOKEN_DESCRIPTION];

/** The names of Secrets in kube-system that joins by k8s-ha left. @throws Failure */
export async function leftovers(master: ReadOnlyHost): Promise<string[]> {
  return oursAmong(await joinSecrets(master));
}

/** The names of those that joins by k8s-ha left: its tokens, and the uploaded certificates with theirs. */
export function oursAmong(secrets: readonly JoinSecret[]): string[] {
  return secrets
    .filter(({ name, description = "" }) => name === KUBEADM_CERTS || OURS.includes(description))
    .map(({ name }) => name);
}

/** Deletes what {@link leftovers} finds. */
export const revokeKind: ChangeKind<RevokeChange> = {
  kind: "revoke",
  mark: "-",
  describe: () => "revoke the join tokens and the uploaded certificates",
  diff: () => "- Secrets in kube-system that k8s-ha created (names: known when reached)",
  apply: (_, { host }) => revokeLeftovers(host),
  undo: { stays: () => "revoked tokens and certificates are not restored" },
};

/** Deletes the Secrets that {@link leftovers} finds. */
export async function revokeLeftovers(master: WritableHost): Promise<void> {
  const names = await leftovers(master);
  if (names.length === 0) return;
  await master.run(
    sh`${kubectl(master, ["-n", "kube-system", "delete", "secret", "--ignore-not-found", ...names])} >/dev/null`,
  );
}

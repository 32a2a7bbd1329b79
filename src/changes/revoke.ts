import { Failure } from "../failure.js";
import { printApi } from "../cluster/api.js";
import { kubectl } from "../machine/kubectl.js";
import type { ReadOnlyHost, WritableHost } from "../machine/host.js";
import { query } from "../machine/query.js";
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
const SECRETS = "/api/v1/namespaces/kube-system/secrets";

/** The names of Secrets in kube-system that joins by k8s-ha left; their values never leave the host. */
export function leftovers(master: ReadOnlyHost): Promise<string[]> {
  const found = printApi(15, master, [
    `${SECRETS}?fieldSelector=type%3Dbootstrap.kubernetes.io/token`,
    `${SECRETS}?fieldSelector=metadata.name%3Dkubeadm-certs`,
  ]);
  const onlyNames = sh`grep -oE ${'"(name|description|http_code)":"[^"]*"'}`;
  // Not one pipe: its exit code would be grep's.
  const names = sh`found=$(${found}) || exit; printf '%s\n' "$found" | ${onlyNames}`;
  return master.ask({ ...query(names, parseLeftovers), lane: "search" });
}

/**
 * Reads lines of `"name":"…"`, each followed by its `"description":"BASE64"` if the Secret has one, and the status of
 * both answers: an API that denies access must not look like one without tokens.
 * @throws Failure
 */
export function parseLeftovers(lines: string): string[] {
  const found: string[] = [];
  let name = "";
  for (const [, key, value = ""] of lines.matchAll(/^"(name|description|http_code)":"([^"]*)"$/gm)) {
    if (key === "http_code") {
      if (value !== "200")
        throw new Failure(`the apiserver does not list the Secrets in kube-system: HTTP status ${value}`);
    } else if (key === "name") {
      name = value;
      if (name === "kubeadm-certs") found.push(name);
    } else if (OURS.includes(Buffer.from(value, "base64").toString())) {
      found.push(name);
    }
  }
  return found;
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

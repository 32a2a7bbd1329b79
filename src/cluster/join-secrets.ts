import { Failure } from "../failure.js";
import type { ReadOnlyHost } from "../machine/host.js";
import { query } from "../machine/query.js";
import { sh } from "../shell/shell.js";
import { printApi } from "./api.js";

const SECRETS = "/api/v1/namespaces/kube-system/secrets";
/** The name of the Secret with the uploaded certificates (kubeadm, phases/copycerts). */
export const KUBEADM_CERTS = "kubeadm-certs";

/** A Secret in kube-system that lets machines join: a bootstrap token, or the uploaded certificates. */
export interface JoinSecret {
  readonly name: string;
  /** Only tokens have one. */
  readonly description?: string;
  /** Only tokens have one, such as `2026-12-01T16:01:03Z`; a token without it is valid forever. */
  readonly expires?: string;
}

/** The {@link JoinSecret}s; the values of tokens and keys never leave the host. @throws Failure */
export function joinSecrets(master: ReadOnlyHost): Promise<readonly JoinSecret[]> {
  const found = printApi(15, master, [
    `${SECRETS}?fieldSelector=type%3Dbootstrap.kubernetes.io/token`,
    `${SECRETS}?fieldSelector=metadata.name%3D${KUBEADM_CERTS}`,
  ]);
  const shown = sh`grep -oE ${'"(name|description|expiration|http_code)":"[^"]*"'}`;
  // Not one pipe: its exit code would be grep's.
  const lines = sh`found=$(${found}) || exit; printf '%s\n' "$found" | ${shown}`;
  return master.ask({ ...query(lines, parseJoinSecrets), lane: "search" });
}

/**
 * Reads lines of `"name":"…"`, each followed by the fields of that Secret, and the status of both answers: an API that
 * denies access must not look like one without tokens.
 * @throws Failure
 */
export function parseJoinSecrets(lines: string): readonly JoinSecret[] {
  const found: { -readonly [K in keyof JoinSecret]: JoinSecret[K] }[] = [];
  for (const [, key, value = ""] of lines.matchAll(FIELD)) {
    const last = found.at(-1);
    if (key === "http_code") {
      if (value !== "200")
        throw new Failure(`the apiserver does not list the Secrets in kube-system: HTTP status ${value}`);
    } else if (key === "name") {
      // The name of the token that owns the uploaded certificates follows theirs.
      if (last?.name !== KUBEADM_CERTS) found.push({ name: value });
    } else if (last === undefined) continue;
    else if (key === "description") last.description = Buffer.from(value, "base64").toString();
    else last.expires = Buffer.from(value, "base64").toString();
  }
  return found;
}

const FIELD = /^"(name|description|expiration|http_code)":"([^"]*)"$/gm;

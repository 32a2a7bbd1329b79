import { createHash } from "node:crypto";
import { Secret } from "../shell/secret.js";
import { MANAGED } from "./managed.js";

/** The keywords before each password in haproxy's configuration (haproxy's manual: userlist, stats auth). */
const BEFORE_PASSWORD = /(\b(?:insecure-)?password[ \t]+|\bAUTH\\ )\S+/g;
/** A quoted password may contain blanks, so everything up to the end of the line is masked. */
const STATS_AUTH = /(\bstats[ \t]+auth[ \t]+[^\s:]+:).*$/gm;

/** A haproxy.cfg that can be shown: `[secret]` in place of each password. */
export function withoutPasswords(config: string): string {
  return config.replaceAll(BEFORE_PASSWORD, "$1[secret]").replaceAll(STATS_AUTH, "$1[secret]");
}

/** A password quoted for haproxy.cfg: in single quotes, as in a shell. */
export function quotedPassword(password: Secret): Secret {
  return new Secret(`'${password.reveal().replaceAll("'", String.raw`'\''`)}'`);
}

/** The statistics page's password in a haproxy.cfg managed by k8s-ha; `undefined` if there is none. */
export function parseStatsPassword(config: string): Secret | undefined {
  if (!config.startsWith(MANAGED)) return undefined;
  const quoted = /^ *stats auth [^\s:]+:'(.*)'$/m.exec(config)?.[1];
  return quoted === undefined ? undefined : new Secret(quoted.replaceAll(String.raw`'\''`, "'"));
}

/** A digest to compare passwords without showing them; empty for none. */
export function passwordDigest(password: Secret | undefined): string {
  if (password === undefined) return "";
  return createHash("sha256").update(password.reveal()).digest("hex").slice(0, 16);
}

import { sh } from "../shell/shell.js";
import type { WritableHost } from "../machine/host.js";
import { kubectl } from "../machine/kubectl.js";
import { remoteQuery, type Query } from "../machine/query.js";

/** A complete object by its API path, to be modified for {@link replaceObject}. */
export function rawObject<T>(
  master: { readonly address: string },
  path: string,
  options: { readonly secretOutput?: true } = {},
): Query<T> {
  return remoteQuery(kubectl(master, ["get", "--raw", path]), (out) => JSON.parse(out) as T, options);
}

/**
 * Replaces an object with its resourceVersion: concurrent edits are not lost, and truncated input is not valid JSON.
 * Uses --raw, because kubectl otherwise updates an existing `last-applied-configuration` with the whole object.
 */
export async function replaceObject(master: WritableHost, path: string, object: object): Promise<void> {
  await master.run(sh`${kubectl(master, ["replace", "--raw", path, "-f", "-"])} >/dev/null`, {
    stdin: JSON.stringify(object),
  });
}

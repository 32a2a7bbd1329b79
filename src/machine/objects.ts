import { sh } from "../shell/shell.js";
import type { WritableHost } from "./host.js";
import { kubectl } from "./kubectl.js";
import { remoteQuery, type Query } from "./query.js";

/** An object by its API path, whole, as it is to be handed back to {@link replaceObject}. */
export function rawObject<T>(
  master: { readonly address: string },
  path: string,
  options: { readonly secretOutput?: true } = {},
): Query<T> {
  return remoteQuery(kubectl(master, ["get", "--raw", path]), (out) => JSON.parse(out) as T, options);
}

/**
 * Replaces an object under its resourceVersion: nobody else's edit in between is lost, and what is cut off is no JSON.
 * Raw, as kubectl would otherwise write the whole object into its `last-applied-configuration` where it has one.
 */
export async function replaceObject(master: WritableHost, path: string, object: object): Promise<void> {
  await master.run(sh`${kubectl(master, ["replace", "--raw", path, "-f", "-"])} >/dev/null`, {
    stdin: JSON.stringify(object),
  });
}

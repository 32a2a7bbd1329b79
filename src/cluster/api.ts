import { httpsUrl } from "../address.js";
import { Failure } from "../failure.js";
import { APISERVER_PORT } from "../ports.js";
import { sh, type Shell } from "../shell/shell.js";
import type { RemoteResult } from "../transport/transport.js";
import { apiCurl } from "../machine/api-batch.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import type { ReadOnlyHost } from "../machine/host.js";
import type { Query } from "../machine/query.js";

/** A URL of the apiserver on this master. */
function urlOf(master: { readonly address: string }, path: string): string {
  return `${httpsUrl(master.address, APISERVER_PORT)}${path}`;
}

/** Prints the responses of a master's apiserver at these paths, each followed by a line `"http_code":"200"`. */
export function printApi(
  seconds: number,
  master: { readonly address: string },
  paths: readonly string[],
): Shell {
  const urls = paths.map((path) => urlOf(master, path));
  return apiCurl(seconds, sh`-w ${'\\n"http_code":"%{http_code}"\\n'}`, sh`${urls}`);
}

/** An object or a list, by its API path; `undefined` if there is none. */
export function apiGet<T>(fleet: ReadOnlyFleet, path: string): Promise<T | undefined> {
  return apiGetFrom<T>(fleet.firstMaster, path);
}

/** {@link apiGet} from a given master. @throws Failure if the API responds neither 200 nor 404 */
export function apiGetFrom<T>(master: ReadOnlyHost, path: string): Promise<T | undefined> {
  const url = urlOf(master, path);
  const query: Query<T | undefined> = {
    lane: "api",
    script: sh`${url}`,
    parse(result) {
      if (result.code === 200) return JSON.parse(result.stdout) as T;
      if (result.code === 404) return undefined;
      throw new Failure(`the apiserver does not return ${url}: ${answerOf(result)}`);
    },
  };
  return master.ask(query);
}

/** Why the apiserver on a master is not ready; `undefined` if it is ready. */
export function apiFault(master: { readonly address: string }): Query<string | undefined> {
  return {
    lane: "api",
    script: sh`${urlOf(master, "/readyz")}`,
    parse: (result) => (result.code === 200 ? undefined : answerOf(result)),
  };
}

/** {@link apiGet} for the items of a list. */
export async function apiList<T>(fleet: ReadOnlyFleet, path: string): Promise<readonly T[]> {
  return (await apiGet<{ items?: readonly T[] }>(fleet, path))?.items ?? [];
}

/** The error in place of an object: curl's first error line, or the status with the API's message. */
function answerOf({ code: status, stdout, stderr }: RemoteResult): string {
  if (status === 0) return stderr.trim().split("\n", 1)[0] || "no answer";
  return `${status} ${/"message":\s*"((?:[^"\\]|\\.)*)"/.exec(stdout)?.[1] ?? stdout.trim().slice(-500)}`;
}

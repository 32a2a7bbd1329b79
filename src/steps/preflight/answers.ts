import { missingTools } from "../../cluster/tools.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import type { ReadOnlyHost } from "../../machine/host.js";
import { asBlocker, type Problem } from "../step.js";

/** The answers of several hosts. */
export interface Answers<T> {
  /** Host → its answer. */
  readonly found: ReadonlyMap<string, T>;
  /** A blocker for each host that could not be asked. */
  readonly failures: readonly Problem[];
}

/**
 * Asks each host: a failure on one does not hide the answers of the others.
 * @throws any error that is not a Failure, because it is a bug
 */
export async function askEach<T>(
  hosts: readonly ReadOnlyHost[],
  ask: (host: ReadOnlyHost) => Promise<T>,
): Promise<Answers<T>> {
  const results = await Promise.allSettled(hosts.map(async (host) => [host.name, await ask(host)] as const));
  return {
    found: new Map(results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []))),
    failures: results.flatMap((result) => (result.status === "rejected" ? [asBlocker(result.reason)] : [])),
  };
}

/**
 * Like {@link askEach}, without the hosts that lack tools: their answers may be wrong, and check `tools` reports them. The
 * tools are queried in the same round trip.
 */
export async function askEquipped<T>(
  fleet: ReadOnlyFleet,
  hosts: readonly ReadOnlyHost[],
  ask: (host: ReadOnlyHost) => Promise<T>,
): Promise<Answers<T>> {
  // Of all hosts, because an answer may need another host too, and fail there.
  const [able, { found, failures }] = await Promise.all([
    equipped(fleet, fleet.hosts()),
    askEach(hosts, ask),
  ]);
  const names = able.map(({ name }) => name);
  return {
    found: new Map([...found].filter(([name]) => names.includes(name))),
    failures: failures.filter(({ host }) => host === undefined || names.includes(host)),
  };
}

/** The hosts that lack no tools. One whose tools cannot be queried counts as one of them, so its failure is reported. */
export async function equipped(
  fleet: ReadOnlyFleet,
  hosts: readonly ReadOnlyHost[],
): Promise<readonly ReadOnlyHost[]> {
  const { found } = await askEach(hosts, (host) => missingTools(fleet, host.name));
  return hosts.filter(({ name }) => (found.get(name) ?? []).length === 0);
}

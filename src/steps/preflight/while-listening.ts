import type { ReadOnlyHost } from "../../machine/host.js";
import { startListeners, stopListeners } from "../../machine/port-listeners.js";

/** A host and the ports on which it is to listen on its own address. */
export interface ListeningHost {
  readonly host: ReadOnlyHost;
  readonly ports: readonly number[];
}

/** What was done meanwhile, and whether a program listened on a port of a host during all of it. */
export interface Meanwhile<T> {
  readonly result: T;
  readonly listened: (host: string, port: number) => boolean;
}

/**
 * Starts listeners on all hosts, does something, and ends the listeners, also if that fails.
 * @throws Failure if a host cannot be asked
 */
export async function whileListening<T>(
  hosts: readonly ListeningHost[],
  work: () => Promise<T>,
): Promise<Meanwhile<T>> {
  const started = hosts.map(async ({ host, ports }) => ({
    host,
    listeners: await host.ask(startListeners(host.address, ports)),
  }));
  const settled = await Promise.allSettled(started);
  const running = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const stop = () =>
    Promise.all(
      running.map(
        async ({ host, listeners }) =>
          [host.name, await host.ask(stopListeners(host.address, listeners))] as const,
      ),
    );
  let result: T;
  try {
    await Promise.all(started);
    result = await work();
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
  const listening = new Map(await stop());
  return { result, listened: (host, port) => listening.get(host)?.includes(port) ?? false };
}

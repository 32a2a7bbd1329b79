import { removeWritten, writeForever } from "../cluster/write-probe.js";
import type { Availability, AvailabilityProbe } from "../engine/availability.js";
import type { Fleet } from "../machine/fleet.js";
import type { WritableHost } from "../machine/host.js";
import { query } from "../machine/query.js";
import { sh, type Shell } from "../shell/shell.js";

const PAUSE_SECONDS = "0.25";
const DAY_SECONDS = 86_400;

/**
 * Until stopped, requests /readyz of each URL four times a second, from a host that the run does not restart. With
 * `writes`, also writes through each URL as often, from the first master, where admin.conf is.
 */
export async function probeAvailability(
  fleet: Fleet,
  urls: readonly string[],
  { writes }: { readonly writes: boolean },
): Promise<AvailabilityProbe> {
  const from = await askingHost(fleet);
  const first = fleet.host(fleet.firstMaster.name);
  const ending = new AbortController();
  const running = urls.flatMap((url) => [
    ...(from ? [watch(from, { url, requests: "reads" }, readForever(url), ending.signal)] : []),
    ...(writes
      ? [watch(first, { url, requests: "writes" }, writeForever(url, PAUSE_SECONDS), ending.signal)]
      : []),
  ]);
  return {
    async stop() {
      ending.abort();
      const seen = await Promise.all(running);
      // If the API is unavailable, the next run or rollback removes it.
      await first.run(removeWritten(first), { timeoutSeconds: 10 }).catch(() => undefined);
      return seen;
    },
  };
}

/** A host with curl: preferably a worker, then a new master, then a load balancer. */
async function askingHost(fleet: Fleet): Promise<WritableHost | undefined> {
  const { workers, controlPlane, loadBalancers } = fleet.inventory;
  for (const { name } of [...workers, ...controlPlane.slice(1).reverse(), ...loadBalancers]) {
    if (fleet.lost.has(name)) continue;
    const host = fleet.host(name);
    if (await host.ask(query(sh`command -v curl || true`, (out) => out.trim() !== ""))) return host;
  }
  return undefined;
}

function readForever(url: string): Shell {
  return sh`while :; do printf '%s %s\n' "$(date +%s%3N)" "$(curl -sk -o /dev/null -w '%{http_code}' --max-time 1 ${`${url}/readyz`})" || exit 0; sleep ${PAUSE_SECONDS}; done`;
}

async function watch(
  host: WritableHost,
  what: Pick<Availability, "url" | "requests">,
  script: Shell,
  signal: AbortSignal,
): Promise<Availability> {
  const gaps = new GapCounter();
  let rest = "";
  const onStdout = (chunk: Buffer): void => {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const [at, status = ""] = line.split(" ");
      gaps.add(Number(at), /^2/.test(status));
    }
  };
  // The result up to this point is reported even if the probe fails.
  await host.run(script, { signal, onStdout, timeoutSeconds: DAY_SECONDS }).catch(() => undefined);
  return { ...what, from: host.name, ...gaps.result(), endedEarly: !signal.aborted };
}

/** Computes the counts and the longest gap of {@link Availability} from single results; times in milliseconds. */
export class GapCounter {
  #asked = 0;
  #failed = 0;
  #longest = 0;
  #lastAnswer: number | undefined;
  #failing = false;

  add(at: number, answered: boolean): void {
    if (!answered && this.#lastAnswer === undefined) return;
    this.#asked++;
    if (!answered && this.#lastAnswer !== undefined) {
      this.#failed++;
      this.#failing = true;
      this.#longest = Math.max(this.#longest, at - this.#lastAnswer);
      return;
    }
    if (this.#failing && this.#lastAnswer !== undefined)
      this.#longest = Math.max(this.#longest, at - this.#lastAnswer);
    this.#failing = false;
    this.#lastAnswer = at;
  }

  result(): { asked: number; failed: number; longestGapMs: number } {
    return { asked: this.#asked, failed: this.#failed, longestGapMs: this.#longest };
  }
}

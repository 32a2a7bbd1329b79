/**
 * A client that reads, writes and watches one ConfigMap through one URL of the API, ten times a second each, until it
 * gets SIGTERM; then it prints its results as JSON. Arguments: URL, ConfigMap, CA file, token file.
 */
import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import type { Requests, Seen } from "./seen.js";

const [base = "", name = "", caFile = "", tokenFile = ""] = process.argv.slice(2);
const ca = readFileSync(caFile);
const authorization = `Bearer ${readFileSync(tokenFile, "utf8").trim()}`;
// A new connection for each request: a persistent one would hide an address that does not answer.
const agent = new Agent({ keepAlive: false });
const maps = `${base}/api/v1/namespaces/load/configmaps`;
const stopped = new AbortController();

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** @param onData receives the chunks of a body that does not end */
function ask(method: string, url: string, body?: string, onData?: (text: string) => void): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const headers = { authorization, ...(body !== undefined && { "content-type": type }) };
    const signal = onData ? stopped.signal : AbortSignal.timeout(10_000);
    const asked = request(url, { method, agent, ca, headers, signal }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => {
        if (onData) onData(piece);
        else text += piece;
      });
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, body: text });
      });
      response.on("error", reject);
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

const counted = (): Requests & { asked: number; slowestMs: number } => ({
  asked: 0,
  failed: [],
  slowestMs: 0,
});
const reads = counted();
const writes = counted();

/**
 * Sends ten requests a second; counts from the first answer on, since an address that is still being set up does not
 * count as unavailable.
 */
async function again(counts: ReturnType<typeof counted>, one: () => Promise<Answer>): Promise<void> {
  let answered = false;
  while (!stopped.signal.aborted) {
    const at = performance.now();
    const why = await one().then(
      ({ status, body }) => (status === 200 ? undefined : `${status} ${body.slice(0, 200)}`),
      (error: unknown) => String(error),
    );
    const took = performance.now() - at;
    answered ||= why === undefined;
    if (answered) {
      counts.asked++;
      counts.slowestMs = Math.max(counts.slowestMs, Math.round(took));
      if (why !== undefined) counts.failed.push({ at: new Date().toISOString(), why });
    }
    await delay(Math.max(0, 100 - took));
  }
}

/** The numbers of acknowledged writes. */
const acknowledged: number[] = [];
let number = 0;
async function write(): Promise<Answer> {
  const own = ++number;
  const answer = await ask("PATCH", `${maps}/${name}`, JSON.stringify({ data: { number: String(own) } }));
  if (answer.status === 200) acknowledged.push(own);
  return answer;
}

/** The numbers that the watch reported. */
const watched = new Set<number>();
const watch = { begun: 0, expired: 0 };
async function watchForever(): Promise<void> {
  let version: string | undefined;
  while (!stopped.signal.aborted) {
    try {
      if (version === undefined) {
        const { status, body } = await ask("GET", `${maps}/${name}`);
        if (status !== 200) throw new Error(String(status));
        version = (JSON.parse(body) as Event["object"]).metadata?.resourceVersion;
      }
      let rest = "";
      watch.begun++;
      const from = `watch=true&fieldSelector=metadata.name%3D${name}&resourceVersion=${version ?? ""}`;
      await ask("GET", `${maps}?${from}`, undefined, (piece) => {
        const lines = (rest + piece).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
          const { type, object } = JSON.parse(line) as Event;
          if (type === "ERROR") {
            watch.expired++;
            version = undefined;
            continue;
          }
          version = object.metadata?.resourceVersion;
          watched.add(Number(object.data?.["number"]));
        }
      });
    } catch {
      await delay(100);
    }
  }
}
interface Event {
  readonly type: string;
  readonly object: {
    readonly metadata?: { readonly resourceVersion?: string };
    readonly data?: Readonly<Record<string, string>>;
  };
}

process.on("SIGTERM", stop);
function stop(): void {
  // The last write may not have reached the watch yet.
  ending ??= delay(2000).then(() => {
    stopped.abort();
  });
}
let ending: Promise<void> | undefined;

const watching = watchForever();
const writing = again(writes, () => (ending ? delay(100, { status: 200, body: "" }) : write()));
await Promise.all([again(reads, () => ask("GET", `${maps}/${name}`)), writing, watching]);
const final = await ask("GET", `${maps}/${name}`).catch(() => undefined);
const kept =
  final?.status === 200 ? Number((JSON.parse(final.body) as Event["object"]).data?.["number"]) : undefined;
const last = acknowledged.at(-1) ?? 0;
const first = Math.min(...watched);
const seen: Seen = {
  reads,
  writes,
  acknowledged: acknowledged.length,
  // The object must not be older than the last acknowledged write.
  lost: kept !== undefined && kept < last ? last - kept : 0,
  unwatched: acknowledged.filter((one) => one > first && !watched.has(one)),
  watch,
};
process.stdout.write(`${JSON.stringify(seen)}\n`);
process.exit(0);

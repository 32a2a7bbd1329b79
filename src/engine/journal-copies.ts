import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Failure } from "../failure.js";
import type { ReadOnlyHost, WritableHost } from "../machine/host.js";
import { query, type Query } from "../machine/query.js";
import { sh } from "../shell/shell.js";
import { journalFiles, readJournal } from "./journal-reader.js";

/** Suffix of an empty file beside a journal of this machine: a host has had a copy. */
const COPIED = ".copied";

/** The directory of the masters with copies of the journals, readable only by root. */
const COPIES = "/var/lib/k8s-ha/journal";

/**
 * Copies a journal to hosts while it is written, so that a run can be resumed or rolled back without the machine that
 * started it. A record is copied after it is on the operator's disk; records that were written meanwhile are sent
 * together. A host that fails gets no more copies.
 */
export class JournalCopies {
  #hosts: readonly WritableHost[];
  #waiting = "";
  #sending: Promise<void> | undefined;
  /** Why copying stopped: the run is being aborted, or a bug. */
  #failure: Error | undefined;

  /**
   * @param folder the directory of the journal
   * @param lost is called once for each host that cannot keep a copy
   */
  constructor(
    hosts: readonly WritableHost[],
    private readonly folder: string,
    private readonly runId: string,
    private readonly lost: (host: string, error: Failure) => void,
  ) {
    this.#hosts = hosts;
  }

  /** Sends a record, in the background. */
  readonly append = (line: string): void => {
    this.#waiting += line;
    this.#sending ??= this.#send().catch((error: unknown) => {
      this.#failure = error as Error;
    });
  };

  /** Resolves when every record was sent. @throws the abort reason, if the run is being aborted */
  async flush(): Promise<void> {
    await this.#sending;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #send(): Promise<void> {
    while (this.#waiting !== "") {
      const stdin = this.#waiting;
      this.#waiting = "";
      const kept = await Promise.all(this.#hosts.map((host) => this.#sendTo(host, stdin)));
      this.#hosts = this.#hosts.filter((_, index) => kept[index]);
      const mark = join(this.folder, `${this.runId}.ndjson${COPIED}`);
      if (this.#hosts.length > 0) writeFileSync(mark, "", { mode: 0o600 });
      else rmSync(mark, { force: true });
    }
    this.#sending = undefined;
  }

  async #sendTo(host: WritableHost, stdin: string): Promise<boolean> {
    const file = `${COPIES}/${this.runId}.ndjson`;
    try {
      await host.run(sh`umask 077 && mkdir -p ${COPIES} && cat >>${file} && sync ${file}`, { stdin });
      return true;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.lost(host.name, error);
      return false;
    }
  }
}

/** The size of each copy on a host, in bytes, by its file name. */
const sizes: Query<ReadonlyMap<string, number>> = query(
  sh`for f in ${COPIES}/*.ndjson; do if [ -f "$f" ]; then stat -c '%s %n' "$f"; fi; done`,
  (out) =>
    new Map(
      out
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => [line.slice(line.lastIndexOf("/") + 1), Number(line.split(" ")[0])]),
    ),
);

/** What {@link fetchJournals} did; names of files. */
interface Fetched {
  readonly fetched: readonly string[];
  /** Journals of this machine that a rollback on another one has undone: it removed their copies. */
  readonly stale: readonly string[];
}

/**
 * Fetches the journals that hosts have and this machine does not have, or has only in part, as after a run on another
 * machine; and sets aside those that another machine has rolled back.
 */
export async function fetchJournals(hosts: readonly ReadOnlyHost[], folder: string): Promise<Fetched> {
  const { newer, stale } = await compareWithCopies(hosts, folder);
  for (const [name, text] of newer) {
    const own = join(folder, name);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(`${own}.part`, text, { mode: 0o600, flush: true });
    renameSync(`${own}.part`, own);
  }
  for (const name of stale) renameSync(join(folder, name), `${join(folder, name)}.rolled-back-elsewhere`);
  return { fetched: [...newer.keys()], stale };
}

/** How the journals of this machine differ from the copies on hosts, by file name. */
interface Compared {
  /** The texts of copies that this machine does not have, or has only in part. */
  readonly newer: ReadonlyMap<string, string>;
  readonly stale: Fetched["stale"];
}

/** Compares the journals of this machine with the copies on all these hosts; changes nothing. */
export async function compareWithCopies(hosts: readonly ReadOnlyHost[], folder: string): Promise<Compared> {
  const found = await Promise.all(hosts.map(async (host) => ({ host, copies: await host.ask(sizes) })));
  const newer = new Map<string, string>();
  for (const { host, copies } of found) {
    for (const [name, size] of copies) {
      const known = newer.get(name);
      const own = known === undefined ? sizeOf(join(folder, name)) : Buffer.byteLength(known);
      if (!/^[\d-]+\.ndjson$/.test(name) || size <= own) continue;
      newer.set(name, await host.ask(query(sh`cat ${`${COPIES}/${name}`}`, (out) => out)));
    }
  }
  const copied = new Set(found.flatMap(({ copies }) => [...copies.keys()]));
  const stale = copiedSinceRollback(folder).map((path) => basename(path));
  return { newer, stale: stale.filter((name) => !copied.has(name)) };
}

/** The journals since the last complete rollback that had a copy on a host. */
function copiedSinceRollback(folder: string): readonly string[] {
  const all = journalFiles(folder).map((path) => ({ path, records: readJournal(path) }));
  const done = all.findLastIndex(({ records }) => records.some(({ type }) => type === "rolled-back"));
  return all
    .slice(done + 1)
    .filter(({ path }) => existsSync(`${path}${COPIED}`))
    .map(({ path }) => path);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? -1;
}

/** Removes the copies, after everything that they record was undone. */
export async function removeCopies(hosts: readonly WritableHost[]): Promise<void> {
  const script = sh`rm -rf ${COPIES}; rmdir /var/lib/k8s-ha 2>/dev/null || true`;
  await Promise.all(hosts.map((host) => host.run(script).catch(() => undefined)));
}

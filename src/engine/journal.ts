import { appendFileSync, closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { ClusterId } from "./cluster-id.js";
import type { EngineEvent, Listener } from "./events.js";
import { Failure, failureRecord } from "../failure.js";
import { Stopped } from "./stopped.js";

/** The directory with the directories of {@link journalFolder}, below XDG_STATE_HOME. */
export function journalRoot(): string {
  return join(process.env["XDG_STATE_HOME"] ?? join(homedir(), ".local/state"), "k8s-ha");
}

/** The directory with the journals of a cluster; it is named after the cluster's CA. */
export function journalFolder({ ca }: ClusterId): string {
  return join(journalRoot(), ca.slice(0, 16));
}

/**
 * The append-only record of a run: each change is flushed to disk before it starts, and its completion after it. The
 * journal is an audit log; the actual state is always read from the hosts.
 */
export class Journal {
  readonly path: string;
  readonly #file: number;
  /** Offset of the end of the last complete record. */
  #size = 0;

  /**
   * @param copy receives each complete record, after it is on disk
   * @throws JournalFailed
   */
  constructor(
    folder: string,
    runId: string,
    private readonly copy?: (line: string) => void,
  ) {
    this.path = join(folder, `${runId}.ndjson`);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      this.#file = openSync(this.path, "ax", 0o600);
    } catch (error) {
      throw new JournalFailed(this.path, error);
    }
  }

  /** @throws JournalFailed: a change is not made unless its record is on disk. */
  readonly listen: Listener = (event) => {
    const record = recordOf(event);
    if (record === undefined) return;
    const line = Buffer.from(`${JSON.stringify({ at: new Date().toISOString(), ...record })}\n`);
    try {
      appendFileSync(this.#file, line);
      fsyncSync(this.#file);
      this.#size += line.length;
      this.copy?.(line.toString());
    } catch (error) {
      // An incomplete record would corrupt the next one.
      ftruncateSync(this.#file, this.#size);
      throw new JournalFailed(this.path, error);
    }
  };

  close(): void {
    closeSync(this.#file);
  }
}

/** The journal cannot be written, as on a full disk. */
class JournalFailed extends Failure {
  constructor(path: string, cause: unknown) {
    super(`cannot write the journal ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      hint: "free disk space there; no change is made before it is recorded",
      cause,
    });
  }
}

function recordOf(event: EngineEvent): object | undefined {
  switch (event.type) {
    case "planned":
    case "rollback-planned":
    case "note":
      return undefined;
    case "step-failed":
      return {
        ...event,
        error: failureRecord(event.error),
        ...(event.error instanceof Stopped && { stopped: true }),
      };
    case "checks":
      return { ...event, checks: event.checks.filter((check) => !check.ok) };
    default:
      return event;
  }
}

import { createHash } from "node:crypto";
import { appendFileSync, closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import type { EngineEvent, Listener } from "./events.js";
import { Failure, failureRecord } from "../failure.js";

/** The directory with the journals of an inventory file, below XDG_STATE_HOME. */
export function journalFolder(inventoryPath: string): string {
  const state = process.env["XDG_STATE_HOME"] ?? join(homedir(), ".local/state");
  const path = resolve(inventoryPath);
  const hash = createHash("sha256").update(path).digest("hex").slice(0, 8);
  return join(state, "k8s-ha", `${basename(path, ".yaml")}-${hash}`);
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

  /** @throws JournalFailed */
  constructor(folder: string, runId: string) {
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
      return { ...event, error: failureRecord(event.error) };
    case "checks":
      return { ...event, checks: event.checks.filter((check) => !check.ok) };
    default:
      return event;
  }
}

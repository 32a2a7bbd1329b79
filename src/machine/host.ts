import { Failure } from "../failure.js";
import type { Host } from "../inventory/schema.js";
import type { Secret } from "../shell/secret.js";
import type { Shell } from "../shell/shell.js";
import type { Connection, RemoteResult } from "../transport/transport.js";
import { frameApi } from "./api-batch.js";
import { frame } from "./batch.js";
import { CommandFailed, expectSuccess, type ErrorOptions, type Query } from "./query.js";

const QUERY_TIMEOUT_MS = 60_000;

/** Read-only access to a host. */
export interface ReadOnlyHost {
  readonly name: string;
  readonly address: string;
  /** The login user. */
  readonly user: string;
  ask<T>(query: Query<T>): Promise<T>;
}

/** Options of a command on a host. */
export interface RunOptions extends ErrorOptions {
  readonly stdin?: string | Buffer | Secret;
  /** Default 60 s. */
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal;
  readonly onStdout?: (chunk: Buffer) => void;
}

/** Write access to a host. */
export interface WritableHost extends ReadOnlyHost {
  /**
   * Runs a command as root; returns its standard output.
   * @throws CommandFailed if its exit code is not 0; TransportError if it could not be run to completion.
   */
  run(script: Shell, options?: RunOptions): Promise<string>;
}

interface Waiting {
  readonly script: Shell;
  readonly resolve: (result: RemoteResult) => void;
  readonly reject: (error: unknown) => void;
}

/** How queued queries of a lane are combined into one command. */
const FRAMES = { local: frame, api: frameApi, search: frame };

/**
 * A snapshot of a host. Queries of one lane (except `remote`) that are started in the same turn of the event loop are
 * batched into one exec; equal queries run once per snapshot.
 */
export class HostLook implements ReadOnlyHost {
  readonly #answers = new Map<string, Promise<RemoteResult>>();
  readonly #waiting: Record<keyof typeof FRAMES, Waiting[]> = { local: [], api: [], search: [] };

  constructor(
    readonly host: Host,
    private readonly connection: Connection,
    private readonly signal: AbortSignal | undefined,
  ) {}

  get name(): string {
    return this.host.name;
  }

  get address(): string {
    return this.host.address;
  }

  get user(): string {
    return this.connection.target.user;
  }

  async ask<T>(query: Query<T>): Promise<T> {
    const key = query.script.text;
    let answer = this.#answers.get(key);
    if (answer === undefined) {
      answer = query.lane === "remote" ? this.#send(query.script) : this.#enqueue(query.script, query.lane);
      this.#answers.set(key, answer);
    }
    const result = await answer;
    try {
      return query.parse(result);
    } catch (error) {
      throw located(error, this.name);
    }
  }

  #enqueue(script: Shell, lane: keyof typeof FRAMES): Promise<RemoteResult> {
    const waiting = this.#waiting[lane];
    if (waiting.length === 0) setImmediate(() => void this.#flush(lane));
    return new Promise((resolve, reject) => waiting.push({ script, resolve, reject }));
  }

  async #flush(lane: keyof typeof FRAMES): Promise<void> {
    const waiting = this.#waiting[lane].splice(0);
    try {
      const { script, split } = FRAMES[lane](waiting.map((w) => w.script));
      const results = split(await this.#send(script));
      waiting.forEach((w, i) => {
        const result = results[i];
        if (result !== undefined) w.resolve(result);
      });
    } catch (error) {
      for (const w of waiting) w.reject(located(error, this.name));
    }
  }

  #send(script: Shell): Promise<RemoteResult> {
    return this.connection.run({
      script,
      timeoutMs: QUERY_TIMEOUT_MS,
      ...(this.signal && { signal: this.signal }),
    });
  }
}

/** Write access to a host over a connection; every query runs again. */
export class RemoteHost implements WritableHost {
  constructor(
    readonly host: Host,
    private readonly connection: Connection,
    private readonly signal: AbortSignal | undefined,
  ) {}

  get name(): string {
    return this.host.name;
  }

  get address(): string {
    return this.host.address;
  }

  get user(): string {
    return this.connection.target.user;
  }

  ask<T>(query: Query<T>): Promise<T> {
    return new HostLook(this.host, this.connection, this.signal).ask(query);
  }

  async run(script: Shell, options: RunOptions = {}): Promise<string> {
    const signal = options.signal ?? this.signal;
    const result = await this.connection.run({
      script,
      timeoutMs: (options.timeoutSeconds ?? 60) * 1000,
      ...(options.stdin !== undefined && { stdin: options.stdin }),
      ...(signal && { signal }),
      ...(options.onStdout && { onStdout: options.onStdout }),
    });
    return expectSuccess(script, result, { ...options, host: this.name });
  }
}

/** Adds the host to an error that has none. */
function located(error: unknown, host: string): unknown {
  if (error instanceof CommandFailed && error.host === undefined) {
    return new CommandFailed(error.command, error.code, error.stderr, { host, cause: error });
  }
  if (!(error instanceof Error)) return error;
  if (!(error instanceof Failure)) return new Failure(error.message, { host, cause: error });
  if (error.host !== undefined) return error;
  return new Failure(error.message, {
    host,
    cause: error,
    ...(error.hint !== undefined && { hint: error.hint }),
  });
}

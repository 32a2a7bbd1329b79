import { Failure } from "../failure.js";
import type { Shell } from "../shell/shell.js";
import type { RemoteResult } from "../transport/transport.js";

/** A read-only query of one host: a shell script and the parser of its output. */
export interface Query<T> {
  readonly script: Shell;
  readonly parse: (result: RemoteResult) => T;
  /**
   * `local` queries are batched into one script, `api` queries (whose script is a URL, see api.ts) into another, and
   * `search` queries, which filter API lists on the host, into a third, where their time limits add up. A `remote` query
   * contacts something outside the host (etcd, a port) and has its own channel, so that slow ones run in parallel.
   */
  readonly lane: "local" | "api" | "search" | "remote";
}

/** How the error of a failed command is reported. */
export interface ErrorOptions {
  /** Standard output is secret: errors never include it, even if there is no other output. */
  readonly secretOutput?: true;
  /** The command shown in errors instead of the script. */
  readonly shownAs?: string;
}

/** A query of the host itself; a non-zero exit code is an error. */
export function query<T>(script: Shell, parse: (stdout: string) => T, options?: ErrorOptions): Query<T> {
  return { script, parse: (result) => parse(expectSuccess(script, result, options)), lane: "local" };
}

/** A query of something outside the host; a non-zero exit code is an error. */
export function remoteQuery<T>(
  script: Shell,
  parse: (stdout: string) => T,
  options?: ErrorOptions,
): Query<T> {
  return { ...query(script, parse, options), lane: "remote" };
}

/** A query of something outside the host; a non-zero exit code is passed to the parser. */
export function remoteAttempt<T>(script: Shell, parse: (result: RemoteResult) => T): Query<T> {
  return { script, parse, lane: "remote" };
}

/** A remote command that ended with an exit code other than 0. */
export class CommandFailed extends Failure {
  constructor(
    readonly command: string,
    readonly code: number,
    readonly stderr: string,
    details: { host?: string; cause?: unknown } = {},
  ) {
    super(`exit code ${code} from: ${firstLines(command, 3)}\n${lastLines(stderr, 12)}`.trimEnd(), details);
  }
}

/**
 * The standard output of a command that must succeed.
 * @throws CommandFailed with its standard error, or standard output if that is empty: many programs print errors there.
 */
export function expectSuccess(
  script: Shell,
  { code, stdout, stderr }: RemoteResult,
  options: ErrorOptions & { readonly host?: string } = {},
): string {
  if (code === 0) return stdout;
  const output = stderr === "" && options.secretOutput !== true ? stdout : stderr;
  const details = options.host === undefined ? {} : { host: options.host };
  throw new CommandFailed(options.shownAs ?? script.text, code, output, details);
}

function firstLines(text: string, count: number): string {
  const lines = text.trim().split("\n");
  return lines.slice(0, count).join("\n") + (lines.length > count ? "\n…" : "");
}

function lastLines(text: string, count: number): string {
  return text.trim().split("\n").slice(-count).join("\n");
}

import { Failure } from "../failure.js";
import type { Shell } from "../shell/shell.js";
import type { RemoteResult } from "../transport/transport.js";

/** A look at one host: shell that changes nothing, and how to read what it printed. */
export interface Query<T> {
  readonly script: Shell;
  readonly parse: (result: RemoteResult) => T;
  /**
   * `local` looks travel together as one script, `api` looks (whose script is a URL, see api.ts) as another, and `search`
   * looks, with which the host itself sifts what the API says, as a third, where their time limits add up. A
   * `remote` look asks something else beyond the host (etcd, a port) and gets a channel of its own, so that the slow ones
   * run side by side.
   */
  readonly lane: "local" | "api" | "search" | "remote";
}

/** How the error of a command that failed is told. */
export interface ErrorOptions {
  /** Its standard output is a secret: no error shows it, not even where there is nothing else to show. */
  readonly secretOutput?: true;
  /** What an error names instead of the script, where that wraps the command that matters. */
  readonly shownAs?: string;
}

/** A look at the host itself; a non-zero exit code is an error. */
export function query<T>(script: Shell, parse: (stdout: string) => T, options?: ErrorOptions): Query<T> {
  return { script, parse: (result) => parse(expectSuccess(script, result, options)), lane: "local" };
}

/** A look beyond the host; a non-zero exit code is an error. */
export function remoteQuery<T>(
  script: Shell,
  parse: (stdout: string) => T,
  options?: ErrorOptions,
): Query<T> {
  return { ...query(script, parse, options), lane: "remote" };
}

/** A look beyond the host whose failure is an answer too. */
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
 * The standard output of a command that had to succeed.
 * @throws CommandFailed with its error output; many programs complain on standard output instead.
 */
export function expectSuccess(
  script: Shell,
  { code, stdout, stderr }: RemoteResult,
  options: ErrorOptions & { readonly host?: string } = {},
): string {
  if (code === 0) return stdout;
  const said = stderr === "" && options.secretOutput !== true ? stdout : stderr;
  const details = options.host === undefined ? {} : { host: options.host };
  throw new CommandFailed(options.shownAs ?? script.text, code, said, details);
}

function firstLines(text: string, count: number): string {
  const lines = text.trim().split("\n");
  return lines.slice(0, count).join("\n") + (lines.length > count ? "\n…" : "");
}

function lastLines(text: string, count: number): string {
  return text.trim().split("\n").slice(-count).join("\n");
}

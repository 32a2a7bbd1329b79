import { Secret } from "../shell/secret.js";
import { quote, type Shell } from "../shell/shell.js";

/** How commands run as root on a host; determined once per connection. */
export type Privilege =
  | { readonly how: "root" }
  | { readonly how: "sudo" }
  | { readonly how: "sudo-password"; readonly password: Secret };

/** A command as sent: one line for the login shell, and its standard input. */
export interface Framed {
  readonly line: string;
  readonly stdin: Buffer;
}

// A single argument of execve(2) is limited to 128 KiB (MAX_ARG_STRLEN), and the login shell gets the whole
// line as one argument; longer scripts are sent through standard input.
const MAX_LINE_BYTES = 100_000;

// The same on every host: English messages, the directories that sudo's secure_path omits, and no proxy for
// requests to the cluster. Downloads (packages, images) run in services with their own proxy settings.
const ENVIRONMENT =
  `LC_ALL=C; PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"; export LC_ALL PATH; ` +
  `unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY`;

// Marks on both streams where the script's output begins (a login shell's startup files may print before
// it), and prints the process group to kill: timeout(1) makes itself the leader of a new one.
const STARTER = `${ENVIRONMENT}; echo "$1 $$"; echo "$1 $$" >&2; exec timeout -k 5 "$2" /bin/sh -c "$3"`;

/** The time between TERM at a remote command's time limit and KILL (`timeout -k`). */
export const KILL_AFTER_MS = 5000;

/** Wraps a script to run as root, with a time limit and marked output. */
export function frame(
  script: Shell,
  stdin: string | Buffer | Secret | undefined,
  how: { readonly privilege: Privilege; readonly marker: string; readonly timeoutMs: number },
): Framed {
  const become = `${PREFIX[how.privilege.how]}/bin/sh -c ${quote(STARTER)} sh`;
  const lineFor = (text: string): string =>
    `${become} ${how.marker} ${String(how.timeoutMs / 1000)} ${quote(text)}`;
  const password = how.privilege.how === "sudo-password" ? `${how.privilege.password.reveal()}\n` : "";
  const own = bytesOf(stdin);
  const line = lineFor(script.text);
  if (Buffer.byteLength(line) <= MAX_LINE_BYTES)
    return { line, stdin: Buffer.concat([bytesOf(password), own]) };
  // eval, because another `sh -c` has the same limit; head -c leaves the rest of standard input unread.
  const text = Buffer.from(script.text);
  return {
    line: lineFor(`eval "$(head -c ${String(text.length)})"`),
    stdin: Buffer.concat([bytesOf(password), text, own]),
  };
}

// -k: neither use nor store cached credentials, so that it is known whether sudo asks for the password;
// -H: HOME is root's on every distribution (sudo(8)).
const PREFIX: Record<Privilege["how"], string> = {
  root: "",
  sudo: "sudo -H -k -n -- ",
  "sudo-password": "sudo -H -k -S -p '' -- ",
};

function bytesOf(data: string | Buffer | Secret | undefined): Buffer {
  if (data instanceof Secret) return Buffer.from(data.reveal());
  return Buffer.isBuffer(data) ? data : Buffer.from(data ?? "");
}

/** Returns the part of a stream after the marker line. */
export class AfterMarker {
  readonly #marker: string;
  readonly #before: Buffer[] = [];
  #pid: number | undefined;

  constructor(marker: string) {
    this.#marker = marker;
  }

  /** The remote process group; undefined before the marker. */
  get pid(): number | undefined {
    return this.#pid;
  }

  /** The output before the marker. */
  get noise(): string {
    return Buffer.concat(this.#before).toString();
  }

  /** The part of `chunk` that is the script's own output; may be empty. */
  push(chunk: Buffer): Buffer {
    if (this.#pid !== undefined) return chunk;
    const seen = Buffer.concat([...this.#before.splice(0), chunk]);
    // latin1: one character per byte, so that text and byte offsets are equal.
    const found = new RegExp(`${this.#marker} (\\d+)\n`).exec(seen.toString("latin1"));
    if (found === null) {
      this.#before.push(seen);
      return Buffer.alloc(0);
    }
    this.#pid = Number(found[1]);
    this.#before.push(seen.subarray(0, found.index));
    return seen.subarray(found.index + found[0].length);
  }
}

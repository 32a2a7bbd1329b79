import { Secret } from "../shell/secret.js";
import { quote, type Shell } from "../shell/shell.js";

/** How commands become root on a host; found out once, when connecting. */
export type Privilege =
  | { readonly how: "root" }
  | { readonly how: "sudo" }
  | { readonly how: "sudo-password"; readonly password: Secret };

/** A command as it travels: one line for the login shell, and what goes to its standard input. */
export interface Framed {
  readonly line: string;
  readonly stdin: Buffer;
}

// A single argument of execve(2) holds at most 128 KiB (MAX_ARG_STRLEN), and the login shell gets the
// whole line as one; what does not fit with some room to spare travels through standard input.
const MAX_LINE_BYTES = 100_000;

// The same on every host: English messages, also the programs that sudo's secure_path leaves out, and no proxy on
// the way to the cluster. What does need one (packages, images) runs in services with settings of their own.
const ENVIRONMENT =
  `LC_ALL=C; PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"; export LC_ALL PATH; ` +
  `unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY`;

// Says on both streams where the script's own output begins (a login shell's startup files may print
// before it), and which process group to kill: timeout(1) makes itself the leader of a new one.
const STARTER = `${ENVIRONMENT}; echo "$1 $$"; echo "$1 $$" >&2; exec timeout -k 5 "$2" /bin/sh -c "$3"`;

/** After TERM at its time limit, a remote command gets KILL so much later (`timeout -k`). */
export const KILL_AFTER_MS = 5000;

/** Wraps a script: made root, limited in time, its output marked. */
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
  // eval, because handing it to another `sh -c` would meet the same limit; head -c leaves the rest unread.
  const text = Buffer.from(script.text);
  return {
    line: lineFor(`eval "$(head -c ${String(text.length)})"`),
    stdin: Buffer.concat([bytesOf(password), text, own]),
  };
}

// -k: neither use nor leave behind a cached credential, so that it is certain whether sudo asks for the
// password; -H: HOME is root's on every distribution (sudo(8)).
const PREFIX: Record<Privilege["how"], string> = {
  root: "",
  sudo: "sudo -H -k -n -- ",
  "sudo-password": "sudo -H -k -S -p '' -- ",
};

function bytesOf(data: string | Buffer | Secret | undefined): Buffer {
  if (data instanceof Secret) return Buffer.from(data.reveal());
  return Buffer.isBuffer(data) ? data : Buffer.from(data ?? "");
}

/** Takes one stream's bytes, and gives those that come after the marker line. */
export class AfterMarker {
  readonly #marker: string;
  readonly #before: Buffer[] = [];
  #pid: number | undefined;

  constructor(marker: string) {
    this.#marker = marker;
  }

  /** The remote process group, once the marker has come. */
  get pid(): number | undefined {
    return this.#pid;
  }

  /** What came before the marker. */
  get noise(): string {
    return Buffer.concat(this.#before).toString();
  }

  /** The part of `chunk` that is the script's own output; may be empty. */
  push(chunk: Buffer): Buffer {
    if (this.#pid !== undefined) return chunk;
    const seen = Buffer.concat([...this.#before.splice(0), chunk]);
    // latin1: one character a byte, so that an index in the text is one in the bytes.
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

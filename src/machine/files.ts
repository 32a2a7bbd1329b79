import { MANAGED } from "../config-files/managed.js";
import { sh } from "../shell/shell.js";
import { Secret } from "../shell/secret.js";
import type { WritableHost } from "./host.js";
import { query, type ErrorOptions, type Query } from "./query.js";

/** The state of a file on a host. */
export interface FileState {
  readonly content: string;
  /** Octal without a leading zero: `644`. */
  readonly mode: string;
  /** `user:group`. */
  readonly owner: string;
  /** The last change of content, name, mode or owner (ctime), in seconds since the epoch: a restored file keeps its mtime. */
  readonly modified: number;
}

/** A file's text, mode and owner; `undefined` if there is none. Callers must mask secrets, and set `secretOutput`. */
export function readFile(path: string, options?: ErrorOptions): Query<FileState | undefined> {
  const script = sh`if [ -f ${path} ]; then stat -c '%a %U:%G %.9Z' ${path} && cat ${path}; else echo absent; fi`;
  const parse = (out: string): FileState | undefined => {
    if (out === "absent\n") return undefined;
    const end = out.indexOf("\n");
    const [mode = "", owner = "", modified = ""] = out.slice(0, end).split(" ");
    return { content: out.slice(end + 1), mode, owner, modified: Number(modified) };
  };
  return query(script, parse, options);
}

/** The time of the last change of each existing path; see {@link FileState}. */
export function modifiedTimes(paths: readonly string[]): Query<ReadonlyMap<string, number>> {
  const script = sh`for f in ${paths}; do if [ -e "$f" ]; then stat -c '%.9Z %n' "$f"; fi; done`;
  return query(script, (out) => {
    const rows = out.split("\n").filter((line) => line !== "");
    return new Map(rows.map((row) => [row.slice(row.indexOf(" ") + 1), Number(row.split(" ")[0])]));
  });
}

/** SHA-256 of each of these files; missing files are omitted. */
export function digests(paths: readonly string[]): Query<ReadonlyMap<string, string>> {
  const script = sh`for f in ${paths}; do
  [ -f "$f" ] || continue
  sum=$(sha256sum <"$f") || exit 1
  echo "$(echo "$sum" | cut -c1-64) $f"
done`;
  return query(script, (out) => {
    const rows = out.split("\n").filter((line) => line !== "");
    return new Map(rows.map((row) => [row.slice(row.indexOf(" ") + 1), row.slice(0, row.indexOf(" "))]));
  });
}

/** A file to write. */
export interface NewFile {
  readonly path: string;
  readonly content: string | Secret | Buffer;
  /** Whether the content is the file's bytes in base64. */
  readonly isBase64?: true;
  /** Octal: `0644`. */
  readonly mode: string;
  /** `user:group`. */
  readonly owner: string;
  /** A command that must accept the new file before it replaces the old one; the path is appended as last argument. */
  readonly validate?: readonly string[];
  /** Keeps an existing file not managed by k8s-ha under {@link formerName}; an existing copy is not overwritten. */
  readonly keepsFormer?: true;
}

/** The path under which a replaced file is kept for the operator. */
export function formerName(path: string): string {
  return `${path}.k8s-ha-before`;
}

/**
 * Shell that defines `beside FILE`: the temporary path for its new content. The name is always the same, so that the next
 * attempt replaces leftovers of a power failure; programs that read whole directories ignore such a name.
 */
export const BESIDE = sh`beside() { echo "$(dirname "$1")/.k8s-ha.$(basename "$1").new"; }`;

/**
 * Replaces a file atomically: written to a temporary file, size checked, validated, flushed to disk, renamed. A power
 * failure leaves the old file or the new one, never a partial one; so does a lost connection, which the host sees as the
 * end of input.
 */
export async function writeFile(host: WritableHost, file: NewFile): Promise<void> {
  const text = file.content instanceof Secret ? file.content.reveal() : file.content;
  const bytes = Buffer.byteLength(
    file.isBase64 === true && typeof text === "string" ? Buffer.from(text, "base64") : text,
  );
  const validate = file.validate === undefined ? sh`:` : sh`${file.validate} "$new" >&2`;
  const former = formerName(file.path);
  const keep =
    file.keepsFormer === true
      ? sh`if [ -f ${file.path} ] && ! [ -e ${former} ] && [ "$(head -n 1 ${file.path})" != ${MANAGED} ]; then
  kept=$(beside ${former})
  rm -rf "$kept"
  cp --preserve=all ${file.path} "$kept"
  sync "$kept"
  mv -T "$kept" ${former}
fi`
      : sh`:`;
  const decode = file.isBase64 === true ? sh`base64 -d` : sh`cat`;
  await host.run(
    sh`set -eu
umask 077
${BESIDE}
dir=$(dirname ${file.path})
mkdir -p "$dir"
new=$(beside ${file.path})
rm -rf "$new"
trap 'rm -f "$new"' EXIT
# Never through a link that another process creates there.
set -C
${decode} >"$new"
[ "$(wc -c <"$new")" -eq ${bytes} ] || { echo ${`incomplete transfer of ${file.path}`} >&2; exit 1; }
chmod ${file.mode} "$new"
chown ${file.owner} "$new"
${validate}
sync "$new"
${keep}
mv -T "$new" ${file.path}
sync "$dir"
if command -v restorecon >/dev/null; then restorecon ${file.path}; fi`,
    { stdin: file.content },
  );
}

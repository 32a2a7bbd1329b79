import { sh } from "../shell/shell.js";
import { query, type Query } from "./query.js";

/** A file, directory or socket of a host; links are followed. */
export interface TreeEntry {
  readonly type: "file" | "folder" | "socket";
  /** Octal, four digits: `0644`. */
  readonly mode: string;
  /** `UID:GID`: names may have other ids on other hosts. */
  readonly owner: string;
  readonly bytes: number;
  /** SHA-256 of a file: enough to compare, without its content. */
  readonly digest?: string;
  /** A directory with more files than {@link MOST_FILES}: its content is omitted. */
  readonly isCrowded?: true;
}

/** The maximum number of files read per directory. */
export const MOST_FILES = 200;

const TYPES: Readonly<Record<string, TreeEntry["type"]>> = { f: "file", d: "folder", s: "socket" };
const META = String.raw`%y %m %U:%G %s %p\n`;

/**
 * The entries at these paths, each directory before its content. Below `shallow` paths, only sockets near the top are
 * included, even if the path is inside a deep one.
 */
export function fileTree(
  deep: readonly string[],
  shallow: readonly string[],
): Query<ReadonlyMap<string, TreeEntry>> {
  // find takes a pattern here.
  const others = shallow.flatMap((path) => [
    "-path",
    path.replaceAll(/[[\\*?]/g, String.raw`\$&`),
    "-prune",
    "-o",
  ]);
  const script = sh`for p in ${shallow}; do
  [ -e "$p" ] || continue
  find -L "$p" -maxdepth 0 -printf ${META} || exit 1
  find -L "$p" -ignore_readdir_race -mindepth 1 -maxdepth 2 -type s -printf ${META} || exit 1
done
for p in ${deep}; do
  [ -e "$p" ] || continue
  if [ "$(find -L "$p" ${others} -type f -print | head -n ${MOST_FILES + 1} | wc -l)" -gt ${MOST_FILES} ]; then
    find -L "$p" -maxdepth 0 -printf ${`crowded ${META}`} || exit 1
    continue
  fi
  find -L "$p" ${others} -printf ${META} || exit 1
  find -L "$p" ${others} -type f -exec sha256sum {} + || exit 1
done`;
  return query(script, (out) => {
    const sums = new Map([...out.matchAll(/^([0-9a-f]{64}) [ *](.+)$/gm)].map((m) => [m[2], m[1]]));
    const entries = out.matchAll(/^(crowded )?([fds]) (\d+) (\d+:\d+) (\d+) (.+)$/gm);
    return new Map(
      [...entries].map(([, crowded, letter = "", mode = "", owner = "", bytes, path = ""]) => {
        const digest = sums.get(path);
        const entry: TreeEntry = {
          type: TYPES[letter] ?? "file",
          mode: mode.padStart(4, "0"),
          owner,
          bytes: Number(bytes),
          ...(digest !== undefined && { digest }),
          ...(crowded !== undefined && { isCrowded: true }),
        };
        return [path, entry];
      }),
    );
  });
}

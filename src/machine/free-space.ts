import { sh } from "../shell/shell.js";
import { query, type Query } from "./query.js";

/** The file system of a path, or of its nearest existing parent directory. */
export interface FreeSpace {
  readonly path: string;
  /** Where the file system is mounted. */
  readonly mount: string;
  readonly freeMiB: number;
  /** Files that can still be created; `undefined` if the file system has no fixed number of them. */
  readonly freeInodes?: number;
}

/** The free space at each path; `df` reports what a process without reserved blocks can use. */
export function freeSpace(paths: readonly string[]): Query<readonly FreeSpace[]> {
  const script = sh`for path in ${paths}; do
  p=$path
  while [ ! -e "$p" ]; do p=\${p%/*}; p=\${p:-/}; done
  inodes=$(df -i -P "$p" 2>/dev/null | tail -n 1 | awk '$2 > 0 { print $4 }')
  printf '%s\t%s\t%s\n' "$path" "$inodes" "$(df -m -P "$p" | tail -n 1 | awk '{ free = $4; for (i = 1; i < 6; i++) sub(/^[^ ]+ +/, ""); print free "\t" $0 }')"
done`;
  return query(script, (out) =>
    out
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const [path = "", inodes = "", free = "", mount = ""] = line.split("\t");
        const freeInodes = inodes === "" ? {} : { freeInodes: Number(inodes) };
        return { path, mount, freeMiB: Number(free), ...freeInodes };
      }),
  );
}

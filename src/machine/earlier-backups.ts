import { sh } from "../shell/shell.js";
import { query, type Query } from "./query.js";

/** The backups of earlier runs on a machine. */
export interface Earlier {
  readonly count: number;
  readonly mib: number;
}

/** The backups in a directory: each is a directory of its own, named after its run. */
export function earlierBackups(directory: string): Query<Earlier> {
  return query(
    sh`d=${directory}
echo $(find "$d" -mindepth 1 -maxdepth 1 -type d 2>/dev/null | wc -l) $(du -sm "$d" 2>/dev/null | cut -f 1)`,
    (out) => {
      const [count, mib] = out.trim().split(" ").map(Number);
      return { count: count ?? 0, mib: mib ?? 0 };
    },
  );
}

import { sh } from "../shell/shell.js";
import { query, type Query } from "./query.js";

/** Whether a machine has cgroup v1; false if that cannot be found out. */
export const isCgroupV1: Query<boolean> = query(
  sh`stat -fc %T /sys/fs/cgroup 2>/dev/null || echo unknown`,
  (out) => !["cgroup2fs", "unknown"].includes(out.trim()),
);

import { sh } from "../shell/shell.js";
import { query, type Query } from "./query.js";

/** The current value of a kernel parameter, such as `net.ipv4.ip_nonlocal_bind`. */
export function kernelSetting(key: string): Query<string> {
  return query(sh`sysctl -n ${key}`, (out) => out.trim());
}

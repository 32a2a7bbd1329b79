import { sh } from "../shell/shell.js";
import { query, type Query } from "./query.js";

/** A kernel setting's present value, by its key: `net.ipv4.ip_nonlocal_bind`. */
export function kernelSetting(key: string): Query<string> {
  return query(sh`sysctl -n ${key}`, (out) => out.trim());
}

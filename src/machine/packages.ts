import { sh } from "../shell/shell.js";
import { query, type Query } from "./query.js";

/** Which of these Debian packages are not installed. */
export function missingPackages(names: readonly string[]): Query<readonly string[]> {
  const script = sh`for p in ${names}; do dpkg-query -W -f ${"${db:Status-Abbrev}"} "$p" 2>/dev/null | grep -q '^ii' || echo "$p"; done`;
  return query(script, (out) => out.split("\n").filter((name) => name !== ""));
}

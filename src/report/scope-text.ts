import type { Scope } from "../engine/scope.js";

/** A scope as options of the command line; empty for everything. */
export function scopeWords({ from, until, limit }: Scope): string {
  return [
    ...(from === undefined ? [] : [`--from ${from}`]),
    ...(until === undefined ? [] : [`--until ${until}`]),
    ...(limit.length === 0 ? [] : [`--limit ${limit.join(",")}`]),
  ].join(" ");
}

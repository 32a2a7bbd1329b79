import { closestMatch } from "leven";
import { UsageError } from "./usage.js";

/**
 * Refuses names that do not exist.
 * @param where what has the names, such as an option
 * @throws UsageError for the first one; its hint names the one that was probably meant, and lists all
 */
export function requireKnown(
  where: string,
  what: "step" | "host",
  names: readonly string[],
  known: readonly string[],
): void {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const meant = closestMatch(unknown, known, { maxDistance: Math.ceil(unknown.length / 3) });
  const list = `the ${what}s are ${known.join(", ")}`;
  throw new UsageError(`${where}: there is no ${what} ${unknown}`, {
    hint: meant === undefined ? list : `did you mean ${meant}? ${list}`,
  });
}

import { didYouMean } from "../config-source/did-you-mean.js";
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
  throw new UsageError(`${where}: there is no ${what} ${unknown}`, {
    hint: `${didYouMean(unknown, known)}the ${what}s are ${known.join(", ")}`,
  });
}

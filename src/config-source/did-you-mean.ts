import { closestMatch } from "leven";

/** The beginning of a hint: the known name that was probably meant; empty if none is similar. */
export function didYouMean(unknown: string, known: readonly string[]): string {
  const meant = closestMatch(unknown, known, { maxDistance: Math.ceil(unknown.length / 3) });
  return meant === undefined ? "" : `did you mean ${meant}? `;
}

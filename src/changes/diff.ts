import { createTwoFilesPatch } from "diff";

/** A unified diff with three lines of context; without the header lines of `diff -u` when nothing stood there before. */
export function unifiedDiff(path: string, before: string | undefined, after: string): string {
  if (before === undefined) {
    return after
      .trimEnd()
      .split("\n")
      .map((line) => `+ ${line}`)
      .join("\n");
  }
  const patch = createTwoFilesPatch(path, path, before, after, undefined, undefined, { context: 3 });
  return patch
    .split("\n")
    .slice(1)
    .filter((line) => !line.startsWith("--- ") && !line.startsWith("+++ ") && !line.startsWith("\\ "))
    .join("\n")
    .trimEnd();
}

import { createTwoFilesPatch, OMIT_HEADERS } from "diff";

/** A unified diff with three lines of context and no header; only added lines if there was no content before. */
export function unifiedDiff(path: string, before: string | undefined, after: string): string {
  if (before === undefined) {
    return after
      .trimEnd()
      .split("\n")
      .map((line) => `+ ${line}`)
      .join("\n");
  }
  const options = { context: 3, headerOptions: OMIT_HEADERS };
  return createTwoFilesPatch(path, path, before, after, undefined, undefined, options)
    .split("\n")
    .filter((line) => !line.startsWith("\\ "))
    .join("\n")
    .trimEnd();
}

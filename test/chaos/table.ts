import type { Result } from "./results.js";

/** The results as a Markdown table, with the number of passed cases. */
export function resultsTable(results: readonly Result[]): string {
  const rows = results.map(({ group, name, passed, runs, seconds, why }) => {
    const state = passed ? "same end state" : `**failed**: ${firstLine(why ?? "")}`;
    return `| ${[group, name, state, runs, seconds].map(cell).join(" | ")} |`;
  });
  const failed = results.filter(({ passed }) => !passed).length;
  return [
    "| group | case | result | runs | seconds |",
    "| --- | --- | --- | ---: | ---: |",
    ...rows,
    "",
    `${results.length - failed} of ${results.length} cases passed.`,
  ].join("\n");
}

const firstLine = (text: string): string => text.split("\n").slice(0, 2).join(" ");
const cell = (value: string | number): string => String(value).replaceAll("|", "\\|");

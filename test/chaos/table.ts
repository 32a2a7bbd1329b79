import type { Result } from "./results.js";

/** The results as a Markdown table, and how many cases failed. */
export function resultsTable(results: readonly Result[]): string {
  const rows = results.map(({ group, name, passed, runs, seconds, why }) => {
    const said = passed ? "as undisturbed" : `**failed**: ${firstLine(why ?? "")}`;
    return `| ${[group, name, said, runs, seconds].map(cell).join(" | ")} |`;
  });
  const failed = results.filter(({ passed }) => !passed).length;
  return [
    "| group | what was done | end state | runs | seconds |",
    "| --- | --- | --- | ---: | ---: |",
    ...rows,
    "",
    `${results.length - failed} of ${results.length} cases passed.`,
  ].join("\n");
}

const firstLine = (text: string): string => text.split("\n").slice(0, 2).join(" ");
const cell = (value: string | number): string => String(value).replaceAll("|", "\\|");

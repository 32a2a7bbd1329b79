import { homedir } from "node:os";

const WORD = /(?:\\(?:.|$)|'[^']*'?|"(?:\\.|[^"\\])*"?|[^\s'"\\])+/gs;
const QUOTED = /\\(.|$)|'([^']*)'?|"((?:\\.|[^"\\])*)"?/gs;

/**
 * The words of a command line that is being typed, without quotes. `~/` is expanded; nothing is evaluated.
 * @returns the last word is the beginning of the next one; it is empty after a space
 */
export function typedWords(line: string): string[] {
  const found = [...line.matchAll(WORD)];
  const last = found.at(-1);
  const words = found.map(([word]) => literal(word));
  return last !== undefined && last.index + last[0].length === line.length ? words : [...words, ""];
}

function literal(word: string): string {
  const path = word.startsWith("~/") ? `${homedir()}${word.slice(1)}` : word;
  return path.replace(
    QUOTED,
    (_, escaped?: string, single?: string, double?: string) =>
      escaped ?? single ?? (double ?? "").replace(/\\(["\\$`])/g, "$1"),
  );
}

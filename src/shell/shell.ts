/**
 * Quotes one word for a POSIX shell. The empty string becomes `''`.
 * @throws TypeError on a NUL character: no shell can carry one.
 */
export function quote(word: string): string {
  if (word.includes("\0")) throw new TypeError("a NUL character cannot be part of a shell word");
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** What may stand in a `sh` template: a word, several words, or a piece of shell. A `Secret` may not: it would reach argv. */
export type ShellValue = string | number | readonly string[] | Shell;

/** A piece of POSIX shell in which every value was quoted. Only {@link sh} makes one. */
export class Shell {
  private constructor(readonly text: string) {}

  /** Use {@link sh}: this exists for it alone. */
  static ofTrusted(text: string): Shell {
    return new Shell(text);
  }
}

function render(value: ShellValue): string {
  if (value instanceof Shell) return value.text;
  if (typeof value === "object") return value.map(quote).join(" ");
  return quote(String(value));
}

/**
 * The one way to write a remote command: the template's own text is shell, every `${value}` is quoted.
 * @example sh`cat -- ${path}`
 */
export function sh(strings: TemplateStringsArray, ...values: readonly ShellValue[]): Shell {
  const text = strings.raw.reduce((out, piece, i) => {
    const value = values[i - 1];
    return out + (value === undefined ? "" : render(value)) + piece;
  });
  return Shell.ofTrusted(text);
}

/** Joins pieces of shell, one a line. */
export function shellLines(...pieces: readonly Shell[]): Shell {
  return Shell.ofTrusted(pieces.map((piece) => piece.text).join("\n"));
}

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

// The types allow only a ShellValue; a cast, or a value from JSON, may still bring something else.
function render(value: unknown): string {
  if (value instanceof Shell) return value.text;
  if (Array.isArray(value)) return value.map(renderWord).join(" ");
  return renderWord(value);
}

function renderWord(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") return quote(String(value));
  throw new TypeError(
    `${value === null ? "null" : `a value of type ${typeof value}`} cannot be part of a shell command`,
  );
}

/**
 * The one way to write a remote command: the template's own text is shell, every `${value}` is quoted, and `\${name}` is
 * the shell's own.
 * @throws TypeError on a NUL character, and on a value no ShellValue, such as a Secret, that the types let pass
 * @example sh`cat -- ${path}`
 * @example sh`f=${path}; echo "\${f%.yaml}"`
 */
export function sh(strings: TemplateStringsArray, ...values: readonly ShellValue[]): Shell {
  const [first = "", ...pieces] = strings.raw.map((piece) => piece.replaceAll("\\${", "${"));
  const text = pieces.reduce((out, piece, i) => out + render(values[i]) + piece, first);
  return Shell.ofTrusted(text);
}

/** Joins pieces of shell, one a line. */
export function shellLines(...pieces: readonly Shell[]): Shell {
  return Shell.ofTrusted(pieces.map((piece) => piece.text).join("\n"));
}

/**
 * Quotes one word for a POSIX shell. The empty string becomes `''`.
 * @throws TypeError on a NUL character, which no shell supports.
 */
export function quote(word: string): string {
  if (word.includes("\0")) throw new TypeError("a NUL character cannot be part of a shell word");
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** Values allowed in a `sh` template: a word, several words, or a piece of shell. Not a `Secret`: it would reach argv. */
export type ShellValue = string | number | readonly string[] | Shell;

/** A piece of POSIX shell in which every value is quoted. Only {@link sh} creates it. */
export class Shell {
  private constructor(readonly text: string) {}

  /** Only for {@link sh}. */
  static ofTrusted(text: string): Shell {
    return new Shell(text);
  }
}

// The types allow only a ShellValue, but a cast or a value from JSON may be something else.
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
 * A remote command: the template's text is shell, every `${value}` is quoted, and `\${name}` is a shell variable.
 * @throws TypeError on a NUL character, or on a value that is not a ShellValue, such as a Secret
 * @example sh`cat -- ${path}`
 * @example sh`f=${path}; echo "\${f%.yaml}"`
 */
export function sh(strings: TemplateStringsArray, ...values: readonly ShellValue[]): Shell {
  const [first = "", ...pieces] = strings.raw.map((piece) => piece.replaceAll("\\${", "${"));
  const text = pieces.reduce((out, piece, i) => out + render(values[i]) + piece, first);
  return Shell.ofTrusted(text);
}

/** Joins pieces of shell, one per line. */
export function shellLines(...pieces: readonly Shell[]): Shell {
  return Shell.ofTrusted(pieces.map((piece) => piece.text).join("\n"));
}

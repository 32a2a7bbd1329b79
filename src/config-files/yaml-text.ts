import { parseDocument, stringify, type Document, type Scalar } from "yaml";
import { Failure } from "../failure.js";

/** kubeadm's YAML format: lists are not indented, and long values are not wrapped. */
export const AS_KUBEADM = { lineWidth: 0, indentSeq: false } as const;

/** A value as YAML in kubeadm's format, without a trailing newline. */
export function asKubeadm(value: unknown): string {
  return stringify(value, AS_KUBEADM).trimEnd();
}

/**
 * Parses machine-written YAML.
 * @param what the name of the text for the error message, which contains no content because it may have keys
 * @throws Failure if it is not one YAML document
 */
export function parseText(text: string, what: string): Document.Parsed {
  const document = parseDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) throw new Failure(`${what} is not valid YAML: ${error.message}`);
  return document;
}

const readBefore = new Map<string, Document.Parsed>();

/** Cached {@link parseText} for read-only use: many steps read the same texts, and parsing is most of a plan's CPU time. */
export function readText(text: string, what: string): Document.Parsed {
  const known = readBefore.get(text);
  if (known !== undefined) return known;
  const document = parseText(text, what);
  if (readBefore.size >= 32) readBefore.clear();
  readBefore.set(text, document);
  return document;
}

/** A range in a text, as offsets, and its replacement. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with these ranges replaced; every other byte is unchanged. Ranges must not overlap. */
export function replaceAt(text: string, replacements: readonly Replacement[]): string {
  return replacements
    .toSorted((a, b) => b.start - a.start)
    .reduce(
      (result, { start, end, text: piece }) => result.slice(0, start) + piece + result.slice(end),
      text,
    );
}

/** A one-line text as a YAML scalar, quoted only if necessary. */
export function scalarText(value: string): string {
  return stringify(value, { lineWidth: 0, blockQuote: false }).trimEnd();
}

/** Replaces a scalar's value and keeps its quoting style, and so every other byte of the line. */
export function replaceScalar(text: string, scalar: Scalar.Parsed, value: string): Replacement {
  const [start, end] = scalar.range;
  const quotes = scalar.type === "QUOTE_DOUBLE" ? '"' : scalar.type === "QUOTE_SINGLE" ? "'" : "";
  const plain = scalarText(value);
  if (quotes !== "" && plain === value && !/["'\\]/.test(value)) {
    return { start, end, text: `${quotes}${value}${quotes}` };
  }
  // A block scalar (`|`) includes the newline of its last line.
  return { start, end, text: text.slice(start, end).endsWith("\n") ? `${plain}\n` : plain };
}

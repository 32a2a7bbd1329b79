import { parseDocument, stringify, type Document, type Scalar } from "yaml";
import { Failure } from "../failure.js";

/** How kubeadm lays out YAML: lists are not indented, and long values stay on their line. */
export const AS_KUBEADM = { lineWidth: 0, indentSeq: false } as const;

/** A value as YAML in kubeadm's layout, without the newline at its end. */
export function asKubeadm(value: unknown): string {
  return stringify(value, AS_KUBEADM).trimEnd();
}

/**
 * Parses a YAML text that a machine wrote.
 * @param what names the text in the message, which has none of its content: it may hold keys
 * @throws Failure when it is not one YAML document
 */
export function parseText(text: string, what: string): Document.Parsed {
  const document = parseDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) throw new Failure(`${what} is not valid YAML: ${error.message}`);
  return document;
}

const readBefore = new Map<string, Document.Parsed>();

/** {@link parseText} for who only reads: many steps read the same texts, and parsing is most of a plan's own time. */
export function readText(text: string, what: string): Document.Parsed {
  const known = readBefore.get(text);
  if (known !== undefined) return known;
  const document = parseText(text, what);
  if (readBefore.size >= 32) readBefore.clear();
  readBefore.set(text, document);
  return document;
}

/** A place in a text, as offsets, and what comes there instead. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with these places replaced, and every other byte as it was. Places must not overlap. */
export function replaceAt(text: string, replacements: readonly Replacement[]): string {
  return replacements
    .toSorted((a, b) => b.start - a.start)
    .reduce(
      (result, { start, end, text: piece }) => result.slice(0, start) + piece + result.slice(end),
      text,
    );
}

/** A one-line text as a YAML scalar, in quotes only where it needs them. */
export function scalarText(value: string): string {
  return stringify(value, { lineWidth: 0, blockQuote: false }).trimEnd();
}

/** Replaces a scalar's value and keeps its style of quotes, and so every other byte of the line. */
export function replaceScalar(text: string, scalar: Scalar.Parsed, value: string): Replacement {
  const [start, end] = scalar.range;
  const quotes = scalar.type === "QUOTE_DOUBLE" ? '"' : scalar.type === "QUOTE_SINGLE" ? "'" : "";
  const plain = scalarText(value);
  if (quotes !== "" && plain === value && !/["'\\]/.test(value)) {
    return { start, end, text: `${quotes}${value}${quotes}` };
  }
  // A block scalar (`|`) ends with its line's newline.
  return { start, end, text: text.slice(start, end).endsWith("\n") ? `${plain}\n` : plain };
}

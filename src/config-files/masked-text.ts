import { inspect } from "node:util";
import { Secret } from "../shell/secret.js";

/** Values allowed in a {@link masked} template. */
export type MaskedValue = string | number | Secret | MaskedText;

/** A text with secret parts: it can be shown in a diff, and its full content requires an explicit call. */
export class MaskedText {
  readonly #parts: readonly (string | Secret)[];

  constructor(parts: readonly (string | Secret)[]) {
    this.#parts = parts;
  }

  /** Its parts in order, for a template that includes this text. */
  parts(): readonly (string | Secret)[] {
    return this.#parts;
  }

  /** The text with `[secret]` in place of each secret. */
  shown(): string {
    return this.#parts.map(String).join("");
  }

  /** The text for the file. */
  secretText(): Secret {
    return new Secret(this.#parts.map((part) => (part instanceof Secret ? part.reveal() : part)).join(""));
  }

  toString(): string {
    return this.shown();
  }

  toJSON(): string {
    return this.shown();
  }

  [inspect.custom](): string {
    return this.shown();
  }
}

/**
 * A text with secrets in it.
 * @example masked`auth_pass ${password}`
 */
export function masked(strings: TemplateStringsArray, ...values: readonly MaskedValue[]): MaskedText {
  return new MaskedText(
    strings.flatMap((text, index) => {
      const value = values[index];
      if (value === undefined) return [text];
      if (value instanceof MaskedText) return [text, ...value.parts()];
      return [text, value instanceof Secret ? value : String(value)];
    }),
  );
}

import { inspect } from "node:util";

const MASK = "[secret]";

/**
 * A value that must never be shown: a token, a key, a password. Printing it always gives `[secret]`. Only
 * {@link reveal} returns its text, so that a search for `reveal(` finds every use.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The secret text, for standard input of a remote command or a file's bytes; never for argv. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}

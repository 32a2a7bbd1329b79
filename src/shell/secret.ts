import { inspect } from "node:util";

const MASK = "[secret]";

/**
 * A value that must never be shown: a token, a key, a password. Every way of printing it gives `[secret]`;
 * {@link reveal} is the only way to its text, so that a search for `reveal(` lists every place that uses one.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The secret text itself, for standard input of a remote command or a file's bytes; never for argv. */
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

import { Transform, type TransformCallback } from "node:stream";

// A code of up to three digits, the space before it and the newline.
const MORE_BYTES = 5;

/**
 * Removes the line with the command's exit code, printed by the wrapping shell, from standard error. `ssh` itself exits
 * with 255 both for a command with that exit code and for a lost connection.
 */
export class WithoutExitLine extends Transform {
  readonly #word: string;
  #held = Buffer.alloc(0);
  #code: number | undefined;

  /** @param word the unique start of the line */
  constructor(word: string) {
    super();
    this.#word = word;
  }

  /** The command's exit code, once received. */
  get code(): number | undefined {
    return this.#code;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let seen = Buffer.concat([this.#held, chunk]);
    // latin1: one character per byte, so that text and byte offsets are equal.
    const found = new RegExp(`${this.#word} (\\d+)\n`).exec(seen.toString("latin1"));
    if (found !== null) {
      this.#code = Number(found[1]);
      seen = Buffer.concat([seen.subarray(0, found.index), seen.subarray(found.index + found[0].length)]);
    }
    // Bytes that may be the start of that line are held until the rest arrives.
    const sure = Math.max(0, seen.length - this.#word.length - MORE_BYTES);
    this.push(seen.subarray(0, sure));
    this.#held = seen.subarray(sure);
    done();
  }

  override _flush(done: TransformCallback): void {
    this.push(this.#held);
    done();
  }
}

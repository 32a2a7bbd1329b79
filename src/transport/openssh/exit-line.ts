import { Transform, type TransformCallback } from "node:stream";

// Room for a code of up to three digits, the space before it and the end of the line.
const MORE_BYTES = 5;

/**
 * Takes out of a command's standard error the line in which the shell around it tells its exit code. `ssh` itself exits
 * with 255 both for a command that did and for a connection that was lost.
 */
export class WithoutExitLine extends Transform {
  readonly #word: string;
  #held = Buffer.alloc(0);
  #code: number | undefined;

  /** @param word what the line begins with; nothing else says it */
  constructor(word: string) {
    super();
    this.#word = word;
  }

  /** The command's exit code, once it has been told. */
  get code(): number | undefined {
    return this.#code;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let seen = Buffer.concat([this.#held, chunk]);
    // latin1: one character a byte, so that an index in the text is one in the bytes.
    const found = new RegExp(`${this.#word} (\\d+)\n`).exec(seen.toString("latin1"));
    if (found !== null) {
      this.#code = Number(found[1]);
      seen = Buffer.concat([seen.subarray(0, found.index), seen.subarray(found.index + found[0].length)]);
    }
    // What may be the beginning of that line waits for the rest of it.
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

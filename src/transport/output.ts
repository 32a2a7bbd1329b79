import { AfterMarker } from "./framing.js";

/** Collects one stream of a command up to a limit, or passes its chunks on without a limit. */
export class CollectedStream {
  readonly #after: AfterMarker;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(
    stream: NodeJS.ReadableStream,
    how: {
      readonly marker: string;
      readonly maxOutputBytes: number;
      readonly onOverflow: () => void;
      readonly onChunk?: ((chunk: Buffer) => void) | undefined;
    },
  ) {
    this.#after = new AfterMarker(how.marker);
    stream.on("data", (raw: Buffer) => {
      // Chunks that are passed on do not count.
      if (how.onChunk === undefined || this.pid === undefined) this.#bytes += raw.length;
      // Past the limit the command is being stopped: its remaining output is dropped.
      if (this.#bytes > how.maxOutputBytes) {
        how.onOverflow();
        return;
      }
      const chunk = this.#after.push(raw);
      if (chunk.length === 0) return;
      if (how.onChunk === undefined) this.#chunks.push(chunk);
      else how.onChunk(chunk);
    });
  }

  /** The remote process group, once known. */
  get pid(): number | undefined {
    return this.#after.pid;
  }

  /** The output of the login before the command started. */
  get noise(): string {
    return this.#after.noise;
  }

  /** Decoded only here: a character may span two chunks. */
  text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}

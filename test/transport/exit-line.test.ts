import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WithoutExitLine } from "../../src/transport/openssh/exit-line.js";

const WORD = "k8s-ha-exit-0123456789ab";

/** The remaining standard error of these chunks, and the exit code in it. */
async function filtered(chunks: readonly Uint8Array[]): Promise<{ rest: Buffer; code: number | undefined }> {
  const filter = new WithoutExitLine(WORD);
  const rest = await buffer(Readable.from(chunks.map((chunk) => Buffer.from(chunk))).pipe(filter));
  return { rest, code: filter.code };
}

/** Bytes in chunks of these lengths. */
function cut(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const [length, ...more] = lengths;
  if (length === undefined) return [bytes];
  return [bytes.subarray(0, length), ...cut(bytes.subarray(length), more)];
}

describe("a command's standard error", () => {
  const bytes = fc.uint8Array({ maxLength: 80 });
  const lengths = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 12 });

  it("has the exit code removed and every other byte kept, for any chunks", async () => {
    const code = fc.integer({ min: 0, max: 255 });
    await fc.assert(
      fc.asyncProperty(bytes, code, bytes, lengths, async (before, exit, after, pieces) => {
        const whole = Buffer.concat([before, Buffer.from(`${WORD} ${exit}\n`), after]);
        expect(await filtered(cut(whole, pieces))).toEqual({
          rest: Buffer.concat([before, after]),
          code: exit,
        });
      }),
    );
  });

  it("is unchanged if the command never ended", async () => {
    await fc.assert(
      fc.asyncProperty(
        bytes,
        fc.integer({ min: 0, max: WORD.length + 4 }),
        lengths,
        async (before, length, pieces) => {
          const whole = Buffer.concat([before, Buffer.from(`${WORD} 255`.slice(0, length))]);
          expect(await filtered(cut(whole, pieces))).toEqual({ rest: whole, code: undefined });
        },
      ),
    );
  });
});

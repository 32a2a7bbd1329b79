import { createHash, randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Secret } from "../../src/shell/secret.js";
import { sh } from "../../src/shell/shell.js";
import type { Connection, RemoteCommand } from "../../src/transport/transport.js";

/** Opens connections of the transport under test to the same host. */
export interface TransportFixture {
  connect(): Promise<Connection>;
  stop(): Promise<void>;
}

const MIB = 1024 * 1024;

const sha256 = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex");

/** An argument for sleep(1) that no other process has, so that it can be found. */
const uniqueSleep = (): string => `4000.${randomBytes(4).readUInt32BE(0)}`;

/**
 * Whether a process on the host has exactly this argument; the script is passed through stdin so that it does not find
 * itself.
 */
async function isRunning(connection: Connection, argument: string): Promise<boolean> {
  const script = sh`grep -lszxF -f - /proc/[0-9]*/cmdline`;
  // Its exit code is ignored: processes that end meanwhile make it an error.
  return (await connection.run({ script, stdin: `${argument}\n`, timeoutMs: 10_000 })).stdout !== "";
}

async function untilRunning(connection: Connection, argument: string): Promise<void> {
  for (let i = 0; i < 100 && !(await isRunning(connection, argument)); i += 1) await delay(20);
}

/** What any transport must do, regardless of its implementation. */
export function describeTransport(name: string, makeTransport: () => Promise<TransportFixture>): void {
  describe(`${name} keeps the contract`, { timeout: 30_000 }, () => {
    let fixture: TransportFixture;
    let connection: Connection;
    beforeAll(async () => {
      fixture = await makeTransport();
      connection = await fixture.connect();
    });
    afterAll(async () => {
      await connection.close();
      await fixture.stop();
    });
    const run = (script: RemoteCommand["script"], more: Partial<RemoteCommand> = {}) =>
      connection.run({ script, timeoutMs: 10_000, ...more });

    it("runs as root", async () => {
      expect(await run(sh`id -u`)).toEqual({ code: 0, stdout: "0\n", stderr: "" });
    });

    it.each([0, 1, 3, 124, 126, 127, 255])("returns exit code %i", async (code) => {
      expect((await run(sh`exit ${code}`)).code).toBe(code);
    });

    it("returns 128 plus the number of a signal", async () => {
      expect((await run(sh`kill -TERM $$`)).code).toBe(143);
    });

    it("separates the two streams and keeps all whitespace", async () => {
      const result = await run(sh`printf ' out \n\n'; printf '\n err ' >&2`);
      expect(result).toEqual({ code: 0, stdout: " out \n\n", stderr: "\n err " });
    });

    it("passes bytes unchanged, and decodes a character that spans two chunks", async () => {
      const chunks: Buffer[] = [];
      const script = sh`printf 'a\303'; sleep 0.2; printf '\244\000\377\n'`;
      const handedOver = await run(script, { onStdout: (chunk) => void chunks.push(chunk) });
      expect(Buffer.concat(chunks)).toEqual(Buffer.from([0x61, 0xc3, 0xa4, 0x00, 0xff, 0x0a]));
      expect(handedOver.stdout).toBe("");
      expect((await run(script)).stdout).toBe("aä\0\ufffd\n");
    });

    it("passes on more output than the limit of a collected result", async () => {
      let bytes = 0;
      const result = await run(sh`head -c 3000000 /dev/zero`, {
        maxOutputBytes: 100_000,
        onStdout: (chunk) => (bytes += chunk.length),
      });
      expect({ ...result, bytes }).toEqual({ code: 0, stdout: "", stderr: "", bytes: 3_000_000 });
    });

    it.each([
      ["a string", "line ä\nno end"],
      ["bytes", Buffer.from("line ä\nno end")],
      ["a secret", new Secret("line ä\nno end")],
    ])("passes %s to a command as standard input", async (_kind, stdin) => {
      expect((await run(sh`cat`, { stdin })).stdout).toBe("line ä\nno end");
    });

    it("closes standard input immediately if there is none", async () => {
      expect((await run(sh`cat`)).stdout).toBe("");
    });

    it("ignores that a command does not read its input", async () => {
      expect((await run(sh`exit 5`, { stdin: Buffer.alloc(5 * MIB) })).code).toBe(5);
    });

    it("transfers 5 MB in and 5 MB out", async () => {
      const stdin = randomBytes(5 * MIB)
        .toString("base64")
        .slice(0, 5 * MIB);
      const result = await run(sh`cat`, { stdin });
      expect(sha256(result.stdout)).toBe(sha256(stdin));
    });

    it("passes any word to the command", async () => {
      const word = `it's "$HOME" \`id\` \\ !! ; & | > * ? [a] {b} ~ \n\t ä €`;
      expect((await run(sh`printf '%s' ${word}`)).stdout).toBe(word);
    });

    it.each(["", "its own input"])("runs a script of 300 kB (standard input: '%s')", async (stdin) => {
      const words = Array.from({ length: 30_000 }, (_, i) => `word'${i}`);
      const result = await run(sh`set -- ${words}; printf '%s ' "$#"; cat`, { stdin });
      expect(result).toEqual({ code: 0, stdout: `30000 ${stdin}`, stderr: "" });
    });

    it("runs 30 commands in parallel", async () => {
      const numbers = Array.from({ length: 30 }, (_, i) => i);
      const results = await Promise.all(numbers.map((i) => run(sh`sleep 0.1; echo ${i}`)));
      expect(results.map((result) => result.stdout)).toEqual(numbers.map((i) => `${i}\n`));
    });

    it("loses no output of commands that end while the event loop is busy", async () => {
      const busy = (): void => {
        for (const end = performance.now() + 30; performance.now() < end;);
      };
      const numbers = Array.from({ length: 50 }, (_, i) => i);
      const results = await Promise.all(
        numbers.map(async (i) => {
          await run(sh`echo ${i}`, { onStdout: busy });
          return run(sh`echo ${i}`);
        }),
      );
      expect(results.map((result) => result.stdout)).toEqual(numbers.map((i) => `${i}\n`));
    });

    it("kills a command at its time limit, with its children", async () => {
      const argument = uniqueSleep();
      const running = run(sh`sleep ${argument} & sleep ${argument}`, { timeoutMs: 700 });
      await expect(running).rejects.toMatchObject({ reason: "timeout", host: "cp1" });
      expect(await isRunning(connection, argument)).toBe(false);
    });

    it("kills a command that ignores TERM", async () => {
      const argument = uniqueSleep();
      const running = run(sh`trap '' TERM; sleep ${argument}; sleep ${argument}`, { timeoutMs: 300 });
      await expect(running).rejects.toMatchObject({ reason: "timeout" });
      expect(await isRunning(connection, argument)).toBe(false);
    });

    it("kills a command on cancel, with its children", async () => {
      const argument = uniqueSleep();
      const controller = new AbortController();
      const running = run(sh`sleep ${argument} & sleep ${argument}`, { signal: controller.signal });
      const refused = expect(running).rejects.toMatchObject({ reason: "cancelled", host: "cp1" });
      await untilRunning(connection, argument);
      controller.abort();
      await refused;
      expect(await isRunning(connection, argument)).toBe(false);
    });

    it("kills a command that is cancelled right after its start", async () => {
      const argument = uniqueSleep();
      const controller = new AbortController();
      const running = run(sh`sleep ${argument}`, { signal: controller.signal });
      controller.abort();
      await expect(running).rejects.toMatchObject({ reason: "cancelled" });
      expect(await isRunning(connection, argument)).toBe(false);
    });

    it(
      "cancels 30 commands, also those that have not started, and is usable afterwards",
      { timeout: 20_000 },
      async () => {
        const argument = uniqueSleep();
        const controller = new AbortController();
        const all = Array.from({ length: 30 }, () =>
          run(sh`sleep ${argument}`, { signal: controller.signal }),
        );
        const ended = Promise.allSettled(all);
        await delay(200);
        controller.abort();
        for (const one of await ended) expect(one).toMatchObject({ reason: { reason: "cancelled" } });
        expect(await isRunning(connection, argument)).toBe(false);
      },
    );

    it("does not start a command that is already cancelled", async () => {
      await expect(run(sh`echo`, { signal: AbortSignal.abort() })).rejects.toMatchObject({
        reason: "cancelled",
      });
    });

    it("stops a command that prints too much, on either stream", async () => {
      const argument = uniqueSleep();
      const script = sh`head -c 200000 /dev/zero >&2; sleep ${argument}`;
      await expect(run(script, { maxOutputBytes: 100_000 })).rejects.toMatchObject({
        reason: "too-much-output",
      });
      expect(await isRunning(connection, argument)).toBe(false);
      await expect(run(sh`yes`, { maxOutputBytes: 100_000 })).rejects.toMatchObject({
        reason: "too-much-output",
      });
    });

    it("rejects an invalid time limit", async () => {
      await expect(run(sh`:`, { timeoutMs: 0 })).rejects.toThrow(RangeError);
    });

    it("never shows a secret to the host's process list, nor in an error", async () => {
      const secret = new Secret(`hush-${randomBytes(8).toString("hex")}`);
      const argument = uniqueSleep();
      const running = run(sh`cat >/dev/null; sleep ${argument}`, { stdin: secret, timeoutMs: 1500 });
      const refused = running.catch((error: unknown) => error);
      await untilRunning(connection, argument);
      const places = sh`grep -lsaF -f - /proc/[0-9]*/cmdline /proc/[0-9]*/environ`;
      expect((await run(places, { stdin: secret })).stdout).toBe("");
      const error = await refused;
      expect(error).toMatchObject({ reason: "timeout" });
      expect(JSON.stringify(error) + String(error)).not.toContain(secret.reveal());
    });

    it("refuses to run anything once closed", async () => {
      const other = await fixture.connect();
      await other.close();
      await expect(other.run({ script: sh`:`, timeoutMs: 1000 })).rejects.toMatchObject({ reason: "lost" });
    });
  });
}

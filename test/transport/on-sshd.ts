import { setTimeout as delay } from "node:timers/promises";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Secret } from "../../src/shell/secret.js";
import { sh } from "../../src/shell/shell.js";
import type { Transport, TransportOptions } from "../../src/transport/transport.js";
import { describeTransport } from "./contract.js";
import { startRelay } from "./proxy.js";
import { startSshd, SUDO_PASSWORD, type TestSshd, type TestUser } from "./sshd.js";

// Real: sshd, its users and shells, sudo and its password. Not covered: a network with latency, PAM at login, other
// distributions' sudo; those are in the lab.

const password = new Secret(SUDO_PASSWORD);

/**
 * What any transport must do on a real sshd: the contract as each kind of user, sudo, unusual servers, broken links.
 */
export function describeOnSshd(name: string, makeTransport: (options: TransportOptions) => Transport): void {
  const transport = makeTransport({ sudoPassword: () => Promise.resolve(password) });

  describe.each<TestUser>(["root", "nopass", "withpass"])("as %s", (user) => {
    describeTransport(`${name} as ${user}`, async () => {
      const sshd = await startSshd();
      return { connect: () => transport.connect(sshd.target(user)), stop: () => sshd.stop() };
    });
  });

  describe(name, () => {
    let sshd: TestSshd;
    beforeAll(async () => {
      sshd = await startSshd();
    });
    afterAll(() => sshd.stop());

    describe("root access", () => {
      it("does not send or prompt for the password if sudo requires none", async () => {
        const sudoPassword = vi.fn(() => Promise.resolve(password));
        const connection = await makeTransport({ sudoPassword }).connect(sshd.target("nopass"));
        expect((await connection.run({ script: sh`cat`, stdin: "own", timeoutMs: 5000 })).stdout).toBe("own");
        expect(sudoPassword).not.toHaveBeenCalled();
        await connection.close();
      });

      it("prompts for the password once for all connections", async () => {
        const sudoPassword = vi.fn(() => Promise.resolve(password));
        const one = makeTransport({ sudoPassword });
        const target = sshd.target("withpass");
        const connections = await Promise.all([one.connect(target), one.connect(target)]);
        connections.push(await one.connect(target));
        expect(sudoPassword).not.toHaveBeenCalled();
        const ids = connections.map((connection) => connection.run({ script: sh`id -u`, timeoutMs: 5000 }));
        for (const { stdout } of await Promise.all(ids)) expect(stdout).toBe("0\n");
        expect(sudoPassword).toHaveBeenCalledTimes(1);
        for (const connection of connections) await connection.close();
      });

      it("makes every one of the first commands wait for one password, and each runs once", async () => {
        const sudoPassword = vi.fn(() => delay(200).then(() => password));
        const connection = await makeTransport({ sudoPassword }).connect(sshd.target("withpass"));
        const file = join(sshd.directory, "ran");
        const results = await Promise.all(
          [1, 2, 3, 4, 5].map((n) =>
            connection.run({ script: sh`cat; echo ${n} >>${file}`, stdin: `own ${n}`, timeoutMs: 10_000 }),
          ),
        );
        expect(results.map(({ stdout }) => stdout)).toEqual([1, 2, 3, 4, 5].map((n) => `own ${n}`));
        expect(readFileSync(file, "utf8").trim().split("\n").sort()).toEqual(["1", "2", "3", "4", "5"]);
        expect(sudoPassword).toHaveBeenCalledTimes(1);
        await connection.close();
      });

      it("tries a wrong password once for all waiting and later commands", async () => {
        const sent: string[] = [];
        const wrong = new Secret("not it");
        const reveal = wrong.reveal.bind(wrong);
        vi.spyOn(wrong, "reveal").mockImplementation(() => {
          sent.push("not it");
          return reveal();
        });
        const sudoPassword = vi.fn(() => Promise.resolve(wrong));
        const connection = await makeTransport({ sudoPassword }).connect(sshd.target("withpass"));
        const run = () => connection.run({ script: sh`:`, timeoutMs: 10_000 });
        for (const result of await Promise.allSettled([1, 2, 3, 4, 5].map(run))) {
          expect(result).toMatchObject({ status: "rejected", reason: { reason: "sudo", host: "cp1" } });
        }
        await expect(run()).rejects.toMatchObject({ reason: "sudo" });
        expect(sudoPassword).toHaveBeenCalledTimes(1);
        expect(sent).toHaveLength(1);
        await connection.close();
      });

      it("never has the password in the host's process list", async () => {
        const connection = await transport.connect(sshd.target("withpass"));
        const running = connection.run({ script: sh`sleep 1`, timeoutMs: 5000 });
        const script = sh`grep -lsaF -f - /proc/[0-9]*/cmdline /proc/[0-9]*/environ`;
        const found = await connection.run({ script, stdin: password, timeoutMs: 5000 });
        expect(found.stdout).toBe("");
        await running;
        await connection.close();
      });

      it.each<[string, TestUser, string | undefined, RegExp]>([
        ["a wrong password", "withpass", "not it", /withpass cannot become root on cp1 through sudo/],
        ["no password", "withpass", undefined, /no password was given/],
        ["a user who is not in sudoers", "nosudo", SUDO_PASSWORD, /not in the sudoers file/],
      ])("reports %s", { timeout: 20_000 }, async (_case, user, text, message) => {
        const answer = text === undefined ? undefined : new Secret(text);
        const failing = makeTransport({ sudoPassword: () => Promise.resolve(answer) });
        const connection = await failing.connect(sshd.target(user));
        const error: unknown = await connection
          .run({ script: sh`:`, timeoutMs: 5000 })
          .catch((caught: unknown) => caught);
        expect(error).toMatchObject({
          reason: "sudo",
          host: "cp1",
          message: expect.stringMatching(message) as string,
        });
        expect(String(error)).not.toContain(text ?? SUDO_PASSWORD);
        await connection.close();
      });

      it("reports the output of an account that runs no commands", async () => {
        const connection = await transport.connect(sshd.target("noshell"));
        const refused = connection.run({ script: sh`:`, timeoutMs: 5000 });
        await expect(refused).rejects.toMatchObject({ reason: "sudo", message: /not available/ });
        await connection.close();
      });
    });

    it("ignores the output of a login shell's startup file", async () => {
      // bash reads ~/.bashrc when sshd starts it (bash(1), "Invoked by remote shell daemon").
      writeFileSync(join(sshd.directory, "home/root/.bashrc"), "echo welcome; echo to this host >&2\n");
      const connection = await transport.connect(sshd.target());
      const result = await connection.run({ script: sh`echo out; echo err >&2`, timeoutMs: 5000 });
      expect(result).toEqual({ code: 0, stdout: "out\n", stderr: "err\n" });
      await connection.close();
    });

    it("reports the output of root's forced command, as in cloud images", async () => {
      const cloud = await startSshd(["ForceCommand echo 'Please login as the user debian'; exit 142"]);
      const connection = await transport.connect(cloud.target());
      const refused = connection.run({ script: sh`:`, timeoutMs: 5000 });
      await expect(refused).rejects.toMatchObject({
        reason: "authentication",
        message: /login as the user debian/,
      });
      await connection.close();
      await cloud.stop();
    });

    it("works with a server that allows fewer sessions than sshd's default 10", async () => {
      const strict = await startSshd(["MaxSessions 2"]);
      const connection = await transport.connect(strict.target());
      const all = Array.from({ length: 12 }, () =>
        connection.run({ script: sh`sleep 0.05`, timeoutMs: 9000 }),
      );
      expect((await Promise.all(all)).map((result) => result.code)).toEqual(all.map(() => 0));
      await connection.close();
      await strict.stop();
    });

    it("reports a server that allows no session", async () => {
      const closed = await startSshd(["MaxSessions 0"]);
      const connection = await transport.connect(closed.target());
      const refused = connection.run({ script: sh`:`, timeoutMs: 9000 });
      await expect(refused).rejects.toMatchObject({ reason: "lost", message: /refuses to open a session/ });
      await connection.close();
      await closed.stop();
    });

    describe("when the connection breaks", () => {
      const throughRelay = async () => {
        const relay = await startRelay(sshd.port);
        const quick = makeTransport({ keepaliveIntervalMs: 200 });
        return { relay, connection: await quick.connect(sshd.target("root", { port: relay.port })) };
      };

      it.each(["reset", "end", "freeze"] as const)(
        "reports a command that is running as lost, without a result (%s)",
        async (how) => {
          const { relay, connection } = await throughRelay();
          const running = connection.run({ script: sh`sleep 30`, timeoutMs: 60_000 });
          const refused = expect(running).rejects.toMatchObject({ reason: "lost", host: "cp1" });
          await delay(150);
          relay[how]();
          await refused;
          await relay.stop();
        },
      );

      it("an idle connection does not end the process", async () => {
        const { relay, connection } = await throughRelay();
        relay.reset();
        await delay(100);
        await expect(connection.run({ script: sh`:`, timeoutMs: 1000 })).rejects.toMatchObject({
          reason: "lost",
        });
        await connection.close();
        await relay.stop();
      });
    });
  });
}

import { describe, expect, it } from "vitest";
import { Failure } from "../../src/failure.js";
import { HostLook, RemoteHost } from "../../src/machine/host.js";
import { CommandFailed, query, remoteAttempt, remoteQuery } from "../../src/machine/query.js";
import { Secret } from "../../src/shell/secret.js";
import { sh } from "../../src/shell/shell.js";
import { Sandbox } from "./sandbox.js";
import { ok, ScriptedConnection } from "./scripted.js";

const HOST = { name: "lb1", address: "10.88.0.31" };
const echo = (text: string) => query(sh`echo ${text}`, (out) => out.trim());
const fails = query(sh`echo gone >&2; exit 4`, (out) => out);
const failureOf = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

describe("HostLook", () => {
  it("batches queries of one turn into one command", async () => {
    using sandbox = new Sandbox();
    const look = new HostLook(HOST, sandbox, undefined);
    expect(await Promise.all([look.ask(echo("a")), look.ask(echo("b")), look.ask(echo("c d"))])).toEqual([
      "a",
      "b",
      "c d",
    ]);
    expect(sandbox.scripts).toHaveLength(1);
    expect(await look.ask(echo("later"))).toBe("later");
    expect(sandbox.scripts).toHaveLength(2);
  });

  it("runs equal queries once per snapshot, and again in the next one", async () => {
    using sandbox = new Sandbox();
    const count = query(sh`echo x >>${"/var/count"}; wc -l <${"/var/count"}`, Number);
    sandbox.file("/var/count", "");
    const look = new HostLook(HOST, sandbox, undefined);
    expect(await Promise.all([look.ask(count), look.ask(count)])).toEqual([1, 1]);
    expect(await look.ask(count)).toBe(1);
    expect(await new HostLook(HOST, sandbox, undefined).ask(count)).toBe(2);
  });

  it("parses one result in two ways", async () => {
    using sandbox = new Sandbox();
    const look = new HostLook(HOST, sandbox, undefined);
    const script = sh`echo 12`;
    expect(
      await Promise.all([look.ask(query(script, Number)), look.ask(query(script, (out) => out))]),
    ).toEqual([12, "12\n"]);
  });

  it("runs remote queries as separate commands, so that a slow one does not delay others", async () => {
    using sandbox = new Sandbox();
    const look = new HostLook(HOST, sandbox, undefined);
    await Promise.all([
      look.ask(remoteQuery(sh`echo 1`, (out) => out)),
      look.ask(remoteQuery(sh`echo 2`, (out) => out)),
      look.ask(echo("local")),
    ]);
    expect(sandbox.scripts).toHaveLength(3);
  });

  it("reports the host of a failed query, and lets the others of its batch succeed", async () => {
    using sandbox = new Sandbox();
    const look = new HostLook(HOST, sandbox, undefined);
    const [error, good] = await Promise.all([failureOf(look.ask(fails)), look.ask(echo("good"))]);
    expect(error).toBeInstanceOf(CommandFailed);
    expect(error).toMatchObject({ host: "lb1", code: 4, stderr: "gone\n" });
    expect(good).toBe("good");
  });

  it("reports the host of a result that cannot be parsed", async () => {
    using sandbox = new Sandbox();
    const look = new HostLook(HOST, sandbox, undefined);
    const error = await failureOf(look.ask(query(sh`echo no json`, (out) => JSON.parse(out) as unknown)));
    expect(error).toBeInstanceOf(Failure);
    expect(error).toMatchObject({ host: "lb1", cause: expect.any(SyntaxError) as unknown });
  });

  it("passes a failure to the parser if the query allows it", async () => {
    using sandbox = new Sandbox();
    const look = new HostLook(HOST, sandbox, undefined);
    expect(await look.ask(remoteAttempt(sh`exit 3`, ({ code }) => code))).toBe(3);
  });

  it("fails every query of a batch if the connection is lost", async () => {
    const lost = new ScriptedConnection(() => Promise.reject(new Error("the line is cut")));
    const look = new HostLook(HOST, lost, undefined);
    const errors = await Promise.all([failureOf(look.ask(echo("a"))), failureOf(look.ask(echo("b")))]);
    for (const error of errors) expect(error).toMatchObject({ host: "lb1", message: "the line is cut" });
    expect(lost.sent).toHaveLength(1);
  });
});

describe("RemoteHost", () => {
  it("passes standard input, including a secret's text, and returns the output", async () => {
    using sandbox = new Sandbox();
    const host = sandbox.host();
    expect(await host.run(sh`cat`, { stdin: new Secret("horse") })).toBe("horse");
    expect(await host.run(sh`cat`, { stdin: Buffer.from("bytes") })).toBe("bytes");
    expect(sandbox.scripts).toEqual(["cat", "cat"]);
  });

  it("passes the time limit, 60 s by default", async () => {
    const connection = new ScriptedConnection(() => ok());
    const host = new RemoteHost(HOST, connection, undefined);
    await host.run(sh`true`);
    await host.run(sh`true`, { timeoutSeconds: 900 });
    expect(connection.sent.map(({ timeoutMs }) => timeoutMs)).toEqual([60_000, 900_000]);
  });

  it("throws with the host, the command's first lines and the end of its error output", async () => {
    using sandbox = new Sandbox();
    const script = sh`exec >&2
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do echo "line $i"; done
exit 7
# never shown`;
    const error = await failureOf(sandbox.host("lb2").run(script));
    expect(error).toMatchObject({ host: "lb2", code: 7 });
    const { message } = error as Error;
    expect(message).toContain("exit code 7 from: exec >&2\n");
    expect(message).toContain("line 14");
    expect(message).toContain("…");
    expect(message).not.toContain("never shown");
    expect(message).not.toContain("line 2\n");
  });

  it("shows standard output if there is no error output, but never a secret", async () => {
    using sandbox = new Sandbox();
    const host = sandbox.host();
    const leak = sh`echo horse; exit 1`;
    expect(((await failureOf(host.run(leak))) as Error).message).toContain("\nhorse");
    const look = (options: { secretOutput?: true }) => host.ask(query(leak, (out) => out, options));
    expect((await failureOf(look({}))) as Error).toMatchObject({ stderr: "horse\n" });
    expect(await failureOf(host.run(leak, { secretOutput: true }))).toMatchObject({ code: 1, stderr: "" });
    expect(await failureOf(look({ secretOutput: true }))).toMatchObject({ code: 1, stderr: "" });
  });

  it("runs a query again each time", async () => {
    using sandbox = new Sandbox();
    const host = sandbox.host();
    await host.ask(echo("a"));
    await host.ask(echo("a"));
    expect(sandbox.scripts).toHaveLength(2);
  });
});

import type { Connection, RemoteCommand, RemoteResult, SshTarget } from "../../src/transport/transport.js";

/** A connection that records what is sent to it and returns prepared results. */
export class ScriptedConnection implements Connection {
  readonly target: SshTarget = {
    name: "scripted",
    address: "127.0.0.1",
    port: 22,
    user: "root",
    identityFiles: [],
    knownHostsFiles: [],
    connectTimeoutMs: 1000,
  };
  readonly sent: RemoteCommand[] = [];

  constructor(private readonly answer: (command: RemoteCommand) => RemoteResult | Promise<RemoteResult>) {}

  async run(command: RemoteCommand): Promise<RemoteResult> {
    this.sent.push(command);
    return this.answer(command);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** The result of a successful command. */
export const ok = (stdout = ""): RemoteResult => ({ code: 0, stdout, stderr: "" });

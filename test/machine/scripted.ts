import type { Connection, RemoteCommand, RemoteResult, SshTarget } from "../../src/transport/transport.js";

/** A connection that keeps what it was sent and gives prepared results. */
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

/** A command that went well. */
export const ok = (stdout = ""): RemoteResult => ({ code: 0, stdout, stderr: "" });

import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import type { Secret } from "../shell/secret.js";
import { sh } from "../shell/shell.js";
import { TransportError } from "./errors.js";
import type { Privilege } from "./framing.js";
import { runCommand, type RunContext } from "./run-command.js";
import { Semaphore } from "./semaphore.js";
import type { Session } from "./session.js";
import type { Connection, RemoteCommand, RemoteResult, SshTarget } from "./transport.js";

// sshd's default MaxSessions is 10 (sshd_config(5)): two are reserved to kill commands of the other eight.
const COMMAND_SESSIONS = 8;
const KILL_SESSIONS = 2;

const SUDO_CHECK_TIMEOUT_MS = 20_000;

/** Commands over one SSH session. */
export class SshConnection implements Connection {
  readonly target: SshTarget;
  readonly #session: Session;
  readonly #end: () => Promise<void>;
  readonly #commands = new Semaphore(COMMAND_SESSIONS);
  readonly #kills = new Semaphore(KILL_SESSIONS);
  readonly #marker = `k8s-ha-${randomBytes(12).toString("hex")}`;
  readonly #askPassword: () => Promise<Secret | undefined>;
  #privilege: Privilege;
  /** Set once sudo has required a password; settled when the password has been tried. */
  #password: Promise<void> | undefined;

  constructor(session: Session, askPassword: () => Promise<Secret | undefined>, end: () => Promise<void>) {
    this.target = session.target;
    this.#session = session;
    this.#askPassword = askPassword;
    this.#end = end;
    this.#privilege = { how: this.target.user === "root" ? "root" : "sudo" };
  }

  async run(command: RemoteCommand): Promise<RemoteResult> {
    // One signal may stop more commands at once than Node's default listener limit.
    if (command.signal) setMaxListeners(0, command.signal);
    const { how } = this.#privilege;
    try {
      return await this.#attempt(command);
    } catch (error) {
      // sudo refused before the script started, so the script can be sent again.
      if (!isSudoFault(error) || how !== "sudo") throw error;
      await (this.#password ??= this.#sendPassword(error));
      return await this.#attempt(command);
    }
  }

  async #attempt(command: RemoteCommand): Promise<RemoteResult> {
    const context = this.#context((group) => this.#kill(group));
    return await this.#commands
      .run(() => runCommand(context, command), command.signal)
      .catch((error: unknown) => {
        // Cancelled while it was queued.
        if (error instanceof TransportError || !command.signal?.aborted) throw error;
        throw new TransportError("cancelled", `a command on ${this.target.name} was cancelled`, {
          host: this.target.name,
        });
      });
  }

  /**
   * Tries a password once for all waiting commands: an account may be locked after three failures.
   * @throws TransportError reason "sudo"
   */
  async #sendPassword(refusal: TransportError): Promise<void> {
    const password = await this.#askPassword();
    if (password === undefined) throw needsPassword(this.target, refusal);
    const privilege: Privilege = { how: "sudo-password", password };
    const context = { ...this.#context((group) => this.#kill(group)), privilege };
    await this.#commands.run(() => runCommand(context, { script: sh`:`, timeoutMs: SUDO_CHECK_TIMEOUT_MS }));
    this.#privilege = privilege;
  }

  async #kill(group: number): Promise<void> {
    // Every shell's kill accepts a group with both `-s` and `--`; dash rejects one without the other.
    // /proc/PID/stat: state, parent, group (proc(5)); a zombie counts as ended.
    const alive = `) [^Z] [0-9]* ${group} `;
    const script = sh`
      kill -s TERM -- -${group} 2>/dev/null
      i=0
      while grep -qs ${alive} /proc/[0-9]*/stat; do
        [ "$i" -ne 100 ] || kill -s KILL -- -${group}
        [ "$i" -lt 120 ] || exit 1
        i=$((i + 1))
        sleep 0.05
      done`;
    const context = this.#context(() => Promise.resolve());
    const work = (): Promise<unknown> => runCommand(context, { script, timeoutMs: 10_000 });
    // If this fails too, the error that caused the kill is reported.
    await this.#kills.run(work).catch(() => undefined);
  }

  #context(kill: RunContext["kill"]): RunContext {
    return { session: this.#session, privilege: this.#privilege, marker: this.#marker, kill };
  }

  close(): Promise<void> {
    return this.#end();
  }
}

function isSudoFault(error: unknown): error is TransportError {
  return error instanceof TransportError && error.reason === "sudo";
}

function needsPassword(target: SshTarget, cause: TransportError): TransportError {
  return new TransportError("sudo", `${cause.message}; no password was given`, {
    host: target.name,
    hint: `Provide the sudo password of ${target.user}, or set NOPASSWD for ${target.user} in sudoers.`,
    cause,
  });
}

import type { Socket } from "node:net";
import { NodeSSH } from "node-ssh";
import type { AnyAuthMethod, AuthenticationType, Client } from "ssh2";
import { TransportError } from "./errors.js";
import { hostKeyFault, hostKeyTypeGone } from "./host-key.js";
import type { Credential, Identities } from "./identities.js";
import { hostKeyAlgorithms, type KnownHostKeys } from "./known-hosts.js";
import { connectingCancelled, unanswered } from "./socket.js";
import type { SshTarget } from "./transport.js";

/** A logged-in client, and a signal that is aborted when its connection is lost. */
export interface Login {
  readonly client: Client;
  readonly gone: AbortSignal;
}

/** The inputs of a login over an open socket. */
export interface LoginRequest {
  readonly target: SshTarget;
  readonly socket: Socket;
  readonly known: KnownHostKeys;
  readonly identities: Identities;
  readonly keepaliveIntervalMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Verifies the host key, then logs in. @throws TransportError */
export async function login(request: LoginRequest): Promise<Login> {
  const { target, socket, known, identities } = request;
  const progress: Progress = { hostKeyFault: undefined, verified: false, methods: undefined, banner: "" };
  const ssh = new NodeSSH();
  const ready = ssh.connect({
    sock: socket,
    username: target.user,
    readyTimeout: target.connectTimeoutMs,
    keepaliveInterval: request.keepaliveIntervalMs,
    keepaliveCountMax: 3,
    algorithms: { serverHostKey: hostKeyAlgorithms(known) },
    hostVerifier: (key: Buffer): boolean => {
      progress.hostKeyFault = hostKeyFault(target, known, key);
      progress.verified = progress.hostKeyFault === undefined;
      return progress.verified;
    },
    authHandler: tryInOrder(target.user, identities.credentials, progress),
  });
  // node-ssh has created its client, and removes its own error listener once ready: without another one,
  // a connection reset while idle would end the process.
  const client = ssh.connection;
  if (client === null) throw new Error("node-ssh created no client");
  const gone = watchConnection(target, client);
  client.on("banner", (text) => (progress.banner += text));
  const onAbort = (): unknown => socket.destroy();
  request.signal?.addEventListener("abort", onAbort, { once: true });
  if (request.signal?.aborted) onAbort();
  try {
    await ready;
    return { client, gone };
  } catch (cause) {
    client.destroy();
    throw request.signal?.aborted ? connectingCancelled(target) : whyNoLogin(request, progress, cause);
  } finally {
    request.signal?.removeEventListener("abort", onAbort);
  }
}

/** The progress of a login, for its error message. */
interface Progress {
  hostKeyFault: TransportError | undefined;
  verified: boolean;
  /** The methods that the server accepts, once known. */
  methods: readonly AuthenticationType[] | undefined;
  /** The server's login banner. */
  banner: string;
}

type AuthHandler = (
  methods: AuthenticationType[] | null,
  partial: boolean | null,
  next: (method: AnyAuthMethod) => void,
) => AnyAuthMethod | false;

function tryInOrder(username: string, credentials: readonly Credential[], progress: Progress): AuthHandler {
  const left = [...credentials];
  return (methods) => {
    if (methods !== null) progress.methods = methods;
    const next = left.shift();
    return next === undefined ? false : { ...next, username };
  };
}

function watchConnection(target: SshTarget, client: Client): AbortSignal {
  const controller = new AbortController();
  const onGone = (cause?: unknown): void => {
    const why = cause instanceof Error ? `: ${cause.message}` : "";
    controller.abort(
      new TransportError("lost", `the connection to ${target.name} was lost${why}`, {
        host: target.name,
        hint: "Run again when the host is reachable; completed changes are not repeated.",
        cause,
      }),
    );
  };
  client.on("error", onGone);
  client.on("end", onGone);
  client.on("close", onGone);
  return controller.signal;
}

function whyNoLogin(request: LoginRequest, progress: Progress, cause: unknown): TransportError {
  const { target, known } = request;
  if (progress.hostKeyFault !== undefined) return progress.hostKeyFault;
  const message = cause instanceof Error ? cause.message : String(cause);
  if (message.includes("no matching host key format")) return hostKeyTypeGone(target, known);
  const level = cause instanceof Error && "level" in cause ? cause.level : undefined;
  if (level === "client-timeout") return unanswered(target);
  if (progress.verified && level !== "client-socket") return refused(request, progress, message);
  const { name: host, address, port } = target;
  return new TransportError(
    "unreachable",
    `no SSH connection to ${host} at ${address} port ${port}: ${message}`,
    {
      host,
      hint: `Check that an SSH server listens there. Try: ssh -p ${port} ${target.user}@${address}`,
      cause,
    },
  );
}

/** ssh2's message for a connection that ends before a response. */
const CLOSED = "No response from server";

function refused({ target, identities }: LoginRequest, progress: Progress, message: string): TransportError {
  const { name: host, address, port, user } = target;
  // A booting host rejects all users except root (pam_nologin), with a message.
  if (message === CLOSED) {
    const banner = progress.banner.trim() === "" ? "" : `; its banner: ${progress.banner.trim()}`;
    return new TransportError(
      "authentication",
      `${host} closed the connection while ${user} logged in${banner}`,
      { host, hint: `Wait until it has booted, or check the output of: ssh -p ${port} ${user}@${address}` },
    );
  }
  const accepts = progress.methods === undefined ? "" : `; it accepts: ${progress.methods.join(", ")}`;
  const notes = identities.notes.map((note) => `; ${note}`).join("");
  return new TransportError(
    "authentication",
    `${host} rejects the login of ${user}: ${message}${accepts}${notes}`,
    {
      host,
      hint: `Authorize a key: ssh-copy-id -p ${port} ${user}@${address}, or set the right key in ssh.identityFiles.`,
    },
  );
}

import { connect, type Socket } from "node:net";
import { TransportError } from "./errors.js";
import type { SshSettings, SshTarget } from "./transport.js";

const SENTENCES: Partial<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "unknown host name",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to its network",
};

/** The limits of the built-in transport. */
const OTHER_WAY =
  "A bastion, or an alias in ~/.ssh/config, requires ssh.transport: openssh in the inventory.";

/** Opens the TCP connection to a target. @throws TransportError reason "unreachable" or "cancelled" */
export async function openSocket(target: SshTarget, signal?: AbortSignal): Promise<Socket> {
  const { name: host, address, port } = target;
  if (signal?.aborted) throw connectingCancelled(target);
  // Without noDelay, Nagle's algorithm and delayed acknowledgments add 40 ms to each small request.
  const socket = connect({ host: address, port, noDelay: true });
  const deadline = setTimeout(() => socket.destroy(unanswered(target, OTHER_WAY)), target.connectTimeoutMs);
  const onAbort = (): unknown => socket.destroy(connectingCancelled(target));
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve).once("error", reject);
    });
    return socket;
  } catch (cause) {
    if (cause instanceof TransportError) throw cause;
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    throw new TransportError(
      "unreachable",
      `cannot reach ${host} at ${address} port ${port}: ${SENTENCES[code] ?? String(cause)}`,
      {
        host,
        hint: `Check the address in the inventory. Try: ssh -p ${port} ${target.user}@${address}. ${OTHER_WAY}`,
        cause,
      },
    );
  } finally {
    clearTimeout(deadline);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** The host did not respond within the time limit. */
export function unanswered(target: SshTarget, more = ""): TransportError {
  const { name: host, address, port, connectTimeoutMs } = target;
  return new TransportError(
    "unreachable",
    `${host} at ${address} port ${port} did not answer within ${connectTimeoutMs / 1000} s`,
    { host, hint: `Check that it is running and that no firewall blocks port ${port}. ${more}`.trim() },
  );
}

/** The caller cancelled connecting. */
export function connectingCancelled(target: SshSettings): TransportError {
  return new TransportError("cancelled", `connecting to ${target.name} was cancelled`, { host: target.name });
}

import { connect, type Socket } from "node:net";
import { TransportError } from "./errors.js";
import type { SshSettings, SshTarget } from "./transport.js";

const SENTENCES: Partial<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "the name is not known",
  EHOSTUNREACH: "there is no route to it",
  ENETUNREACH: "there is no route to its network",
};

/** What the built-in transport cannot do. */
const OTHER_WAY = "A bastion, or an alias of ~/.ssh/config, needs ssh.transport: openssh in the inventory.";

/** Opens the TCP connection to a target. @throws TransportError reason "unreachable" or "cancelled" */
export async function openSocket(target: SshTarget, signal?: AbortSignal): Promise<Socket> {
  const { name: host, address, port } = target;
  if (signal?.aborted) throw connectingCancelled(target);
  // Without noDelay Nagle's algorithm and delayed acknowledgements cost 40 ms for each small request.
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
        hint: `Is the address in the inventory right? Try: ssh -p ${port} ${target.user}@${address}. ${OTHER_WAY}`,
        cause,
      },
    );
  } finally {
    clearTimeout(deadline);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** The host took no notice within its time. */
export function unanswered(target: SshTarget, more = ""): TransportError {
  const { name: host, address, port, connectTimeoutMs } = target;
  return new TransportError(
    "unreachable",
    `${host} at ${address} port ${port} did not answer within ${connectTimeoutMs / 1000} s`,
    { host, hint: `Is it running, and does a firewall let port ${port} through? ${more}`.trim() },
  );
}

/** The caller gave up while connecting. */
export function connectingCancelled(target: SshSettings): TransportError {
  return new TransportError("cancelled", `connecting to ${target.name} was cancelled`, { host: target.name });
}

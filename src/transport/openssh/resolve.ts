import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { TransportError } from "../errors.js";
import { connectingCancelled } from "../socket.js";
import type { SshSettings, SshTarget } from "../transport.js";
import { hostArguments } from "./arguments.js";

/** The address, port and user that `ssh` uses according to its configuration. @throws TransportError */
export async function resolveTarget(settings: SshSettings, signal?: AbortSignal): Promise<SshTarget> {
  const { connectTimeoutMs: timeout } = settings;
  const args = ["-G", ...hostArguments(settings)];
  let output: string;
  try {
    output = (await promisify(execFile)("ssh", args, { timeout, ...(signal && { signal }) })).stdout;
  } catch (cause) {
    throw signal?.aborted ? connectingCancelled(settings) : noAnswer(settings.name, cause);
  }
  const value = (key: string): string => new RegExp(`^${key} (.+)$`, "m").exec(output)?.[1] ?? "";
  return { ...settings, address: value("hostname"), port: Number(value("port")), user: value("user") };
}

function noAnswer(host: string, cause: unknown): TransportError {
  if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") {
    return new TransportError("unreachable", "ssh is not installed on this machine", {
      host,
      hint: "Install openssh-client, or remove ssh.transport from the inventory.",
      cause,
    });
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return new TransportError("unreachable", `ssh rejects its configuration: ${why.trim()}`, {
    host,
    hint: "Correct ~/.ssh/config; k8s-ha needs OpenSSH 7.6 or later.",
    cause,
  });
}

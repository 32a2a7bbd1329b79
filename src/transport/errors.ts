import { Failure } from "../failure.js";

/** Why a host could not be reached or a command could not be finished. */
export type TransportReason =
  | "unreachable"
  | "host-key-unknown"
  | "host-key-changed"
  | "host-key-revoked"
  | "authentication"
  | "sudo"
  | "lost"
  | "timeout"
  | "cancelled"
  | "too-much-output";

/** The error of all transports; its `hint` says what to do. */
export class TransportError extends Failure {
  readonly reason: TransportReason;

  constructor(
    reason: TransportReason,
    message: string,
    details: { readonly host: string; readonly hint?: string; readonly cause?: unknown },
  ) {
    super(message, details);
    this.reason = reason;
  }
}

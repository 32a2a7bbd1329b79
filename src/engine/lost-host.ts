import type { Inventory } from "../inventory/schema.js";
import { whyNotSkipped } from "../inventory/skipping.js";
import { TransportError } from "../transport/errors.js";

/**
 * Adds to the error of a host that does not respond how to continue without it, if it may be skipped; any other error
 * stays the same.
 */
export function withSkipHint<E>(
  error: E,
  { inventory, lost }: { readonly inventory: Inventory; readonly lost: ReadonlySet<string> },
): E | TransportError {
  if (!(error instanceof TransportError)) return error;
  const { reason, host, hint, message } = error;
  const isSilent = reason === "unreachable" || reason === "lost";
  if (!isSilent || host === undefined || whyNotSkipped(inventory, host, lost) !== undefined) return error;
  const how = `If the machine is lost, continue without it: --skip-host ${host}`;
  return new TransportError(reason, message, {
    host,
    hint: hint === undefined ? how : `${hint}${hint.endsWith(".") ? "" : ";"} ${how}`,
    cause: error,
  });
}

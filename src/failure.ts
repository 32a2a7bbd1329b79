/**
 * An error for the operator: what failed, where, and what to do next.
 * The CLI prints it without a stack trace; every other error is a bug in k8s-ha and is printed with one.
 */
export class Failure extends Error {
  override readonly name = "Failure";
  /** The host on which it happened, if it happened on one. */
  readonly host: string | undefined;
  /** One sentence on what the operator can do, or the next command. */
  readonly hint: string | undefined;

  constructor(message: string, details: { host?: string; hint?: string; cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.host = details.host;
    this.hint = details.hint;
  }
}

/** An error as a JSON record. */
export function failureRecord(error: Error): { message: string; host?: string; hint?: string } {
  const { host, hint } = error instanceof Failure ? error : {};
  return { message: error.message, ...(host !== undefined && { host }), ...(hint !== undefined && { hint }) };
}

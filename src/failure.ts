/**
 * An error written for the operator: what went wrong, where, and what to do next.
 * The CLI prints it without a stack; every other error is a defect of this program and prints with one.
 */
export class Failure extends Error {
  override readonly name = "Failure";
  /** The host on which it happened, if it happened on one. */
  readonly host: string | undefined;
  /** One sentence that says what a person can do, or the next command to type. */
  readonly hint: string | undefined;

  constructor(message: string, details: { host?: string; hint?: string; cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.host = details.host;
    this.hint = details.hint;
  }
}

/** An error as a record for machines. */
export function failureRecord(error: Error): { message: string; host?: string; hint?: string } {
  const { host, hint } = error instanceof Failure ? error : {};
  return { message: error.message, ...(host !== undefined && { host }), ...(hint !== undefined && { hint }) };
}

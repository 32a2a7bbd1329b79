import { Failure } from "../failure.js";

/** One problem in a file; line and column start at 1, and are absent for the file as a whole. */
export interface FileProblem {
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

function locate(fileName: string, { message, line, column }: FileProblem): string {
  return line === undefined ? `${fileName}: ${message}` : `${fileName}:${line}:${column ?? 1}: ${message}`;
}

/** An operator's file is invalid. The message lists every problem, one per line, as `file:line:column: what`. */
export class InvalidFile extends Failure {
  readonly problems: readonly FileProblem[];

  constructor(
    fileName: string,
    problems: readonly FileProblem[],
    details: { hint?: string; cause?: unknown } = {},
  ) {
    const inOrder = problems.toSorted(
      (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
    );
    super(inOrder.map((problem) => locate(fileName, problem)).join("\n"), details);
    this.problems = inOrder;
  }
}

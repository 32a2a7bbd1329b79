import { Failure } from "../failure.js";

/** One thing that is wrong in a file; line and column count from 1, and are absent where the file as a whole is meant. */
export interface FileProblem {
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

function locate(fileName: string, { message, line, column }: FileProblem): string {
  return line === undefined ? `${fileName}: ${message}` : `${fileName}:${line}:${column ?? 1}: ${message}`;
}

/** A file the operator wrote cannot be used. The message has every problem, one a line, as `file:line:column: what`. */
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

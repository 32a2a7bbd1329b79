import { Failure } from "../failure.js";

/** An invalid command line. */
export class UsageError extends Failure {}

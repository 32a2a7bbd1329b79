import { Failure } from "../failure.js";

/** The operator requested a stop: completed changes stay in place, and the next run continues from there. */
export class Stopped extends Failure {}

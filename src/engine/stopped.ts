import { Failure } from "../failure.js";

/** Thrown when the operator asked to stop: everything done so far stands, and the next run goes on from there. */
export class Stopped extends Failure {}

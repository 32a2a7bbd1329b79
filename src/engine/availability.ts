/** Availability of the API through one address during a run. */
export interface Availability {
  readonly url: string;
  /** What was sent: requests that read, or requests that write. */
  readonly requests: "reads" | "writes";
  /** The host that sent the requests. */
  readonly from: string;
  /** Counted from the first success on, as `failed` is: an address that is not set up yet is not an outage. */
  readonly asked: number;
  readonly failed: number;
  /** The longest time between two successes with a failure between them, in milliseconds; 0 without failures. */
  readonly longestGapMs: number;
  /** The probe stopped before the run ended. */
  readonly endedEarly: boolean;
}

/** A probe that runs until it is stopped. */
export interface AvailabilityProbe {
  stop(): Promise<readonly Availability[]>;
}

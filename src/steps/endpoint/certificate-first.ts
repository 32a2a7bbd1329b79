import type { Requirement } from "../step.js";

/** What every step requires that points a client to the endpoint. */
export const CERTIFICATE_FIRST: Requirement = {
  steps: ["serving-certificate"],
  why: "a client that connects to the endpoint before it accepts the endpoint's certificate loses the API",
};

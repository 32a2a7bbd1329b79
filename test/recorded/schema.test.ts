import { describe, expect, it } from "vitest";
import { allSteps } from "../../src/steps/all.js";
import { readFacts, readSchema, STATES, VERSIONS } from "./facts-file.js";
import { factsSchema } from "./schema.js";

describe("the schema of recorded facts", () => {
  it("is what the steps' types say today; `npm run record` writes it anew", () => {
    expect(readSchema()).toEqual(factsSchema());
  });

  it.each(VERSIONS)("fits what was recorded of %s", (version) => {
    for (const step of allSteps.filter(({ probe }) => probe.length > 0)) {
      for (const state of STATES) readFacts(version, state, step.id);
    }
  });
});

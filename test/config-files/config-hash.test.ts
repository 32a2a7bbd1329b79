import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { componentConfigHash } from "../../src/config-files/config-hash.js";

it("hashes the values in the order of their keys", () => {
  const expected = createHash("sha256").update("first\u00e9second").digest("hex");
  expect(componentConfigHash({ "kubeconfig.conf": "second", "config.conf": "first\u00e9" })).toBe(
    `sha256:${expected}`,
  );
});

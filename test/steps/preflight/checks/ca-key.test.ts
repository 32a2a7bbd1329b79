import { describe, expect, it } from "vitest";
import { blocker } from "../../../../src/steps/preflight/check.js";
import { caKey } from "../../../../src/steps/preflight/checks/ca-key.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { looking } from "../looking.js";

describe("check ca-key", () => {
  it("reports a first master without the CA's key", async () => {
    using first = new Sandbox();
    using other = new Sandbox();
    const fleet = () => looking(other, { master1: first });
    other.file("/etc/kubernetes/pki/ca.key", "");
    expect(caKey.problems(await caKey.probe(fleet()), first.inventory)).toEqual([
      blocker(
        "master1",
        "/etc/kubernetes/pki/ca.key is missing",
        "restore the CA's key for the migration: it signs the certificates of new masters",
      ),
    ]);
    first.file("/etc/kubernetes/pki/ca.key", "");
    expect(caKey.problems(await caKey.probe(fleet()), first.inventory)).toEqual([]);
  });
});

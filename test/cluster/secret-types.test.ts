import { describe, expect, it } from "vitest";
import { secretTypes } from "../../src/cluster/secret-types.js";
import { Sandbox } from "../machine/sandbox.js";
import { looking } from "../steps/preflight/looking.js";

describe("the types of Secrets", () => {
  it("has the expiration of join tokens, and nothing else of them", async () => {
    using sandbox = new Sandbox();
    sandbox.web.login();
    const time = Buffer.from("2026-12-02T00:00:00Z").toString("base64");
    sandbox.answer(
      "kubectl",
      `printf '%s\\n' 'bootstrap-token-a bootstrap.kubernetes.io/token ${time}' 'kubeadm-certs Opaque ' ''`,
    );
    expect(await secretTypes(looking(sandbox))).toEqual([
      {
        name: "bootstrap-token-a",
        type: "bootstrap.kubernetes.io/token",
        expiration: Date.parse("2026-12-02T00:00:00Z") / 1000,
      },
      { name: "kubeadm-certs", type: "Opaque" },
    ]);
  });
});

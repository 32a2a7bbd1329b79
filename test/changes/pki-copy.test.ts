import { expect, it } from "vitest";
import { Sandbox } from "../machine/sandbox.js";
import { make } from "./context.js";

it("a key whose copying fails is in no error", async () => {
  using sandbox = new Sandbox();
  sandbox.answer("cat", "echo KEY; exit 1");
  const path = "/etc/kubernetes/pki/sa.key";
  const copying = make(sandbox, { kind: "pki-copy", host: "master2", from: "master1", path, mode: "0600" });
  const error: unknown = await copying.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ host: "master1", code: 1, stderr: "" });
  expect((error as Error).message).not.toContain("KEY");
});

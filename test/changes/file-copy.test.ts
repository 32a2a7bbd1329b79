import { expect, it } from "vitest";
import { Sandbox } from "../machine/sandbox.js";
import { make } from "./context.js";

it("no error contains a key whose copying fails", async () => {
  using sandbox = new Sandbox();
  sandbox.answer("base64", "echo KEY; exit 1");
  const path = "/etc/kubernetes/pki/sa.key";
  const copying = make(sandbox, {
    kind: "file-copy",
    host: "master2",
    from: "master1",
    path,
    mode: "0600",
    owner: "root:root",
  });
  const error: unknown = await copying.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ host: "master1", code: 1, stderr: "" });
  expect((error as Error).message).not.toContain("KEY");
});

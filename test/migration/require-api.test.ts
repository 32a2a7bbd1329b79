import { describe, expect, it } from "vitest";
import { requireApi } from "../../src/migration/require-api.js";
import { Sandbox } from "../machine/sandbox.js";
import { status } from "../machine/web.js";

const required = (sandbox: Sandbox): Promise<void> => requireApi(sandbox.fleet().look());

describe("requireApi", () => {
  it("returns if the API is ready", async () => {
    using sandbox = new Sandbox();
    sandbox.web.api({ "/readyz": "ok" });
    await required(sandbox);
  });

  it("reports that the API is unavailable, and what etcd reports", async () => {
    using sandbox = new Sandbox();
    sandbox.web.stopServing();
    sandbox.web.login();
    await expect(required(sandbox)).rejects.toMatchObject({
      host: "master1",
      message:
        "the apiserver is not ready: curl: (7) Failed to connect to 10.88.0.11 port 6443: Connection refused\n" +
        "etcd reports:\nhttps://127.0.0.1:2379: curl: (7) Failed to connect to 127.0.0.1 port 2379: Connection refused",
      hint: 'see docs/recovery.md, "API server unavailable"',
    });
    sandbox.web.api({ "/readyz": status(500, "etcd failed") });
    await expect(required(sandbox)).rejects.toThrow("the apiserver is not ready: 500 etcd failed\n");
  });

  it("reports the member that etcd lacks for quorum after an interrupted join", async () => {
    using sandbox = new Sandbox();
    sandbox.web.stopServing();
    sandbox.answer(
      "crictl",
      'case "$*" in *" ps "*) echo 4f2a ;; *logs*) echo "dial tcp 10.88.0.12:2380: x" ;; esac',
    );
    await expect(required(sandbox)).rejects.toMatchObject({
      host: "master2",
      message: expect.stringMatching(
        /^the API is unavailable: etcd on master1 has no quorum because it cannot reach 10\.88\.0\.12: master2 cannot start/,
      ) as string,
    });
  });
});

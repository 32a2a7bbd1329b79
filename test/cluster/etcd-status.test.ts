import { describe, expect, it } from "vitest";
import { etcdStatuses } from "../../src/cluster/etcd-status.js";
import { Sandbox } from "../machine/sandbox.js";
import { looking } from "../steps/preflight/looking.js";

describe("the status of etcd", () => {
  const member = (n: number) => ({
    ID: String(n),
    name: `master${n}`,
    clientURLs: [`https://10.88.0.1${n}:2379`],
  });

  it("has the sizes of the members that answer, and the quota if it is not the default", async () => {
    using sandbox = new Sandbox();
    sandbox.web.etcd([member(1), member(2), member(3)]);
    sandbox.web.serve("https://10.88.0.11:2379/v3/maintenance/status", {
      dbSize: "4096",
      dbSizeInUse: "1024",
    });
    sandbox.web.serve("https://10.88.0.12:2379/v3/maintenance/status", "nonsense");
    const fleet = looking(sandbox);
    expect(await etcdStatuses(fleet)).toEqual({
      statuses: [{ member: "master1", dbSize: 4096, dbSizeInUse: 1024 }],
    });
    const manifest = "spec: {containers: [{command: [etcd, --quota-backend-bytes=8589934592]}]}\n";
    sandbox.file("/etc/kubernetes/manifests/etcd.yaml", manifest);
    expect((await etcdStatuses(looking(sandbox))).quota).toBe(8_589_934_592);
  });
});

import { describe, expect, it } from "vitest";
import { etcdDatabaseBytes, transferSeconds, transferText } from "../../src/cluster/etcd-database.js";
import { Sandbox } from "../machine/sandbox.js";

describe("etcdDatabaseBytes", () => {
  it.each([
    ["without a manifest, in kubeadm's folder", "/var/lib/etcd", () => ""],
    [
      "in the folder of the manifest",
      "/var/lib/other",
      (folder: string) => `    - --data-dir=${folder}\n    - --name=m\n`,
    ],
    [
      "in the folder of a quoted flag",
      "/var/lib/other",
      (folder: string) => `    - "--data-dir=${folder}"\n`,
    ],
  ])("is the size of the database file: %s", async (_, folder, manifest) => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/kubernetes/manifests/etcd.yaml", manifest(sandbox.path(folder)));
    sandbox.file("/var/lib/etcd/member/snap/db", "x");
    sandbox.file(`${folder}/member/snap/db`, "x".repeat(4096));
    expect(await sandbox.host().ask(etcdDatabaseBytes)).toBe(4096);
  });

  it("is undefined without etcd", async () => {
    using sandbox = new Sandbox();
    expect(await sandbox.host().ask(etcdDatabaseBytes)).toBeUndefined();
  });
});

it("estimates the transfer at 100 Mbit/s", () => {
  expect([transferSeconds(500e6), transferText(512 * 2 ** 20)]).toEqual([40, "512 MiB at 100 Mbit/s"]);
});

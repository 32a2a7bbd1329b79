import { beforeAll, describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import { expectHighlyAvailable, expectMigration, expectToServe, kubectl, on, uids } from "../cluster.js";
import { itFindsNothingToChange, itRollsBack, itServesWithoutFirstMaster } from "../ending.js";

const VIP = "10.88.0.100";
const ETCD = ["etcd1", "etcd2", "etcd3"];
const FILES = ["ca.crt", "client.crt", "client.key"].map((name) => `/etc/etcd/pki/${name}`).join(" ");

describe("a migration of a cluster with external etcd", () => {
  const { lab, start } = useScenario("external-etcd");
  const ask = (path: string, more = "") =>
    on(
      lab,
      "master1",
      `cd /etc/etcd/pki && curl -sf --cacert ca.crt --cert client.crt --key client.key ${more} https://10.88.0.41:2379${path}`,
    );
  const members = async () => {
    const { members: all } = JSON.parse(await ask("/v3/cluster/member/list", "-d '{}'")) as {
      members: { name: string; ID: string }[];
    };
    return all.map(({ name, ID }) => `${name} ${ID}`).sort();
  };
  let listed: string[];

  beforeAll(async () => {
    listed = await members();
    expect(listed).toHaveLength(3);
  });

  it("is refused while a new master cannot reach one of the etcd servers", async () => {
    const rule = "INPUT -p tcp --dport 2379 -s 10.88.0.13 -j DROP";
    await on(lab, "etcd2", `iptables -A ${rule}`);
    const { stdout, exitCode } = await start().program.run("plan");
    await on(lab, "etcd2", `iptables -D ${rule}`);
    expect(exitCode).toBe(1);
    expect(stdout).toContain("master3: port 2379 of 10.88.0.42 does not answer");
  });

  it("results in three masters on the same etcd, with no object lost", async () => {
    await expectMigration(start().program);
    await expectHighlyAvailable(lab, VIP, { members: 0 });
    expect(await uids(lab)).toBe(start().objects);
    expect(await members()).toEqual(listed);
    const sums = await Promise.all(
      ["master1", "master2", "master3"].map((host) => on(lab, host, `sha256sum ${FILES}`)),
    );
    expect(new Set(sums).size).toBe(1);
    for (const host of ["master2", "master3"]) {
      expect(
        await on(
          lab,
          host,
          "stat -c %a:%U /etc/etcd/pki/client.key; ls /etc/etcd/pki /etc/kubernetes/manifests",
        ),
      ).toBe(
        "600:root\n/etc/etcd/pki:\nca.crt\nclient.crt\nclient.key\n\n/etc/kubernetes/manifests:\nkube-apiserver.yaml\nkube-controller-manager.yaml\nkube-scheduler.yaml",
      );
    }
  });

  it("saves an etcd snapshot before the first change", async () => {
    const folder = "/var/backups/k8s-ha/*";
    await on(lab, "master1", `cd ${folder} && sha256sum -c --quiet SHA256SUMS && test -s etcd.db`);
    // The last 32 bytes are the checksum of the rest (etcd, server/etcdserver/api/v3rpc/maintenance.go).
    const sums = `for f in ${folder}/etcd.db; do head -c -32 $f | sha256sum | cut -d' ' -f1; tail -c 32 $f | od -An -tx1 | tr -d ' \\n'; done`;
    const [computed, stored] = (await on(lab, "master1", sums)).split("\n");
    expect(computed).toHaveLength(64);
    expect(stored).toBe(computed);
  });

  itFindsNothingToChange(start);
  itServesWithoutFirstMaster(lab, `${VIP}:6443`);

  it("keeps serving when one of the etcd hosts is switched off", async () => {
    await lab.powerOff("etcd1");
    await expectToServe(lab, `${VIP}:6443`);
    await lab.powerOn("etcd1");
    for (const name of ["master1", "master2", "master3"])
      await kubectl(lab, `wait --for=condition=Ready node/${name} --timeout=120s`);
  });

  itRollsBack(lab, start);

  it("leaves the etcd members unchanged, and their services active", async () => {
    expect(await members()).toEqual(listed);
    for (const name of ETCD) expect(await on(lab, name, "systemctl is-active etcd")).toBe("active");
  });
});

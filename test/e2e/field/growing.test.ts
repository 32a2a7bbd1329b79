import { describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import { expectHighlyAvailable, expectMigration, expectToServe, kubectl, on, uids } from "../cluster.js";
import { expectRollback, itFindsNothingToChange } from "../ending.js";

const VIP = "10.88.0.100";
const MASTERS = ["master1", "master2", "master3", "master4", "master5"];
const WORKERS = ["worker1", "worker2", "worker3"];
const ETCDCTL =
  "-n kube-system exec etcd-master1 -- etcdctl --endpoints https://127.0.0.1:2379 --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/server.crt --key /etc/kubernetes/pki/etcd/server.key";

const machine = (name: string) => {
  const network = name.startsWith("master") ? "1" : "2";
  return { name, address: `10.88.0.${network}${name.at(-1) ?? ""}` };
};

describe("a cluster that is extended by a second run with a longer inventory", () => {
  const { lab, start } = useScenario("growing");

  const write = (masters: readonly string[], workers: readonly string[]): void => {
    start().program.edit({ controlPlane: masters.map(machine), workers: workers.map(machine) });
  };
  const healthy = async (): Promise<number> => {
    const health = await kubectl(lab, `${ETCDCTL} endpoint health --cluster 2>&1`);
    return health.match(/is healthy/g)?.length ?? 0;
  };

  it("starts with three masters", async () => {
    await expectMigration(start().program);
    await expectHighlyAvailable(lab, VIP);
  });

  it("lists the machines that will join in order, and removes what an incomplete join left", async () => {
    write(MASTERS, WORKERS);
    const ca = await on(lab, "worker1", "cat /etc/kubernetes/pki/ca.crt");
    const half = "mkdir -p /etc/kubernetes/pki; cat >/etc/kubernetes/pki/ca.crt";
    await lab.ssh("root@worker3", half, { input: `${ca}\n` });
    const { stdout } = await start().program.run("plan");
    expect(stdout).toContain("these machines are not yet nodes and will join as workers: worker2, worker3");
    expect(stdout).toContain("(4 members: 1 may fail)");
    const changes = await start().program.planned();
    const joins = changes.filter(({ change }) => /^(join|reset)/.test(change.kind));
    expect(joins.map(({ change }) => `${change.kind} ${change.host}`)).toEqual([
      "reset worker3",
      "join master4",
      "join master5",
      "join-worker worker2",
      "join-worker worker3",
    ]);
  });

  it("has five masters and three workers afterwards, and keeps connections through the VIP open", async () => {
    const watch = "kubectl --kubeconfig /etc/kubernetes/admin.conf get configmaps -A --watch";
    await on(lab, "master1", `systemd-run -q --unit watch ${watch} && sleep 2`);
    await expectMigration(start().program);
    expect(await on(lab, "master1", "systemctl is-active watch")).toBe("active");
    await on(lab, "master1", "systemctl stop watch; systemctl reset-failed watch 2>/dev/null || true");

    const rows = (await kubectl(lab, `${ETCDCTL} member list`)).trim().split("\n");
    expect(rows).toHaveLength(5);
    for (const row of rows) expect(row).toMatch(/, started, master\d, .*, false$/);
    expect(await healthy()).toBe(5);
    for (const name of MASTERS) await expectToServe(lab, `${machine(name).address}:6443`);
    const nodes = await kubectl(lab, "get nodes --no-headers");
    for (const name of [...MASTERS, ...WORKERS]) expect(nodes).toMatch(new RegExp(`^${name} +Ready `, "m"));
    for (const name of ["worker2", "worker3"]) {
      const server = await on(lab, name, "grep server: /etc/kubernetes/kubelet.conf");
      expect(server.trim()).toBe(`server: https://${VIP}:6443`);
    }
    const secrets = await kubectl(lab, "-n kube-system get secrets -o name");
    expect(secrets).not.toContain("kubeadm-certs");
    expect(await uids(lab)).toBe(start().objects);
  });

  itFindsNothingToChange(start);

  it("serves and accepts writes with two of five masters switched off", async () => {
    await Promise.all([lab.powerOff("master2"), lab.powerOff("master4")]);
    await expectToServe(lab, `${VIP}:6443`);
    await kubectl(lab, "create configmap written-without-two -n default");
    await kubectl(lab, "delete configmap written-without-two -n default");
    await Promise.all([lab.powerOn("master2"), lab.powerOn("master4")]);
    for (const name of ["master2", "master4"]) {
      await expectToServe(lab, `${machine(name).address}:6443`);
      await kubectl(lab, `wait --for=condition=Ready node/${name} --timeout=120s`);
    }
    expect(await healthy()).toBe(5);
  });

  it("rolls back to one master and one worker, byte for byte", async () => {
    const untouched = Object.entries(start().state).filter(([host]) => host !== "worker3");
    await expectRollback(lab, { ...start(), state: Object.fromEntries(untouched) });
    // What the incomplete join had left there was removed permanently.
    expect(await on(lab, "worker3", "find /etc/kubernetes /var/lib/kubelet -type f")).toBe("");
  });
});

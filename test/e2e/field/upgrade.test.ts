import { beforeAll, describe, expect, it } from "vitest";
import { Lab } from "../../lab/lab.js";
import {
  expectHighlyAvailable,
  expectMigration,
  expectNothingToDo,
  ignoreFlag,
  kubectl,
  on,
  uids,
} from "../cluster.js";
import { Program } from "../k8s-ha.js";

const VIP = "10.88.0.100";

/** A version and the one that it is upgraded to. */
const UPGRADES = [
  ["1.36.3", "1.37.2"],
  ["1.33.13", "1.34.4"],
] as const;

/**
 * kubeadm's own upgrade of a cluster that k8s-ha made highly available, in the order of
 * https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-upgrade/.
 */
describe.each(UPGRADES)("an upgrade from %s to %s after the migration", (from, to) => {
  const lab = new Lab();
  let program: Program;
  let objects = "";
  let manifests = "";

  /** What the migration changed in the control-plane manifests, without image versions. */
  async function announced(): Promise<string> {
    const lines = "grep -hE -- '--(advertise-address|etcd-servers)=' /etc/kubernetes/manifests/*";
    const servers = "grep -H server: /etc/kubernetes/*.conf";
    const masters = ["master1", "master2", "master3"];
    return (await Promise.all(masters.map((host) => on(lab, host, `${lines}; ${servers}`)))).join("\n");
  }

  async function upgradeNode(host: string, upgrade: string): Promise<void> {
    const programs = `/opt/kubernetes/${to}`;
    await on(
      lab,
      host,
      `install -m755 ${programs}/kubeadm /usr/bin/ && kubeadm ${upgrade} ${ignoreFlag(to)} 2>&1`,
    );
    await kubectl(lab, `drain ${host} --ignore-daemonsets --delete-emptydir-data --force --timeout=120s`);
    const install = `systemctl stop kubelet && install -m755 ${programs}/{kubelet,kubectl} /usr/bin/`;
    await on(lab, host, `bash -c '${install}' && systemctl start kubelet`);
    await kubectl(lab, `uncordon ${host}`);
    const version = `jsonpath={.status.nodeInfo.kubeletVersion}=v${to}`;
    await kubectl(lab, `wait --for='${version}' node/${host} --timeout=120s`);
    await kubectl(lab, `wait --for=condition=Ready node/${host} --timeout=120s`);
  }

  beforeAll(async () => {
    await lab.fresh({ scenario: "default", kubernetes: from });
    await lab.offer(to);
    program = await Program.make(lab);
    objects = await uids(lab);
  });

  it("starts with a migration", async () => {
    await expectMigration(program);
    manifests = await announced();
  });

  it("upgrades the first master", async () => {
    await upgradeNode("master1", `upgrade apply --yes v${to}`);
  });

  it.each(["master2", "master3", "worker1"])("upgrades %s", async (host) => {
    await upgradeNode(host, "upgrade node");
  });

  it("keeps all changes of the migration, and the users' objects", async () => {
    await kubectl(lab, "wait --for=condition=Ready pod --all -A --timeout=180s");
    const images = await kubectl(
      lab,
      "-n kube-system get pods -l component=kube-apiserver -o jsonpath='{.items[*].spec.containers[0].image}'",
    );
    expect(images.split(" ").map((image) => image.replace(/.*:/, ""))).toEqual([
      `v${to}`,
      `v${to}`,
      `v${to}`,
    ]);
    await expectHighlyAvailable(lab, VIP);
    expect(await announced()).toBe(manifests);
    expect(await uids(lab)).toBe(objects);
  });

  it("has nothing to change, and every check passes", async () => {
    await expectNothingToDo(program);
  });
});

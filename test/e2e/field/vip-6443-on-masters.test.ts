import { kubeadmApi } from "../../../src/config-files/kubeadm-api.js";
import { holds } from "../../../src/config-files/kubeadm-versions.js";
import { describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import {
  expectHighlyAvailable,
  expectMigration,
  expectNothingToDo,
  expectToServe,
  kubectl,
  on,
  uids,
  versionOf,
} from "../cluster.js";
import { itFindsNothingToChange, itRollsBack, itServesWithoutFirstMaster } from "../ending.js";

const VIP = "10.88.0.100";
const MASTERS = { master1: "10.88.0.11", master2: "10.88.0.12", master3: "10.88.0.13" };
const names = Object.keys(MASTERS);

describe("a migration with haproxy on port 6443 of the VIP, beside the apiservers", () => {
  const { lab, start } = useScenario("vip-6443-on-masters");

  it("warns that the only apiserver restarts, and is refused if another program uses the port", async () => {
    await on(
      lab,
      "master2",
      "systemd-run -q --collect --unit other socat TCP-LISTEN:6443,fork /dev/null && sleep 1",
    );
    const { stdout, exitCode } = await start().program.run("migrate", "--yes");
    await on(lab, "master2", "systemctl stop other");
    expect(exitCode).toBe(1);
    expect(stdout).toContain("master2: port 6443 is in use by socat");
    expect(stdout).toContain("the API, because this is its only apiserver");
    expect(start().program.journal()).toBe("");
  });

  it("results in three masters, each with its apiserver on its own address and haproxy on the VIP", async () => {
    await expectMigration(start().program);
    await expectHighlyAvailable(lab, VIP, { balancers: names });
    expect(await uids(lab)).toBe(start().objects);
    for (const [name, address] of Object.entries(MASTERS)) {
      const listeners = await on(
        lab,
        name,
        `ss -Hltnp 'sport = :6443' | sed 's/.*LISTEN *[0-9]* *[0-9]* *\\([^ ]*\\) .*(("\\([^"]*\\)".*/\\2 \\1/' | sort -u`,
      );
      expect(listeners.trim().split("\n")).toEqual([
        `haproxy ${VIP}:6443`,
        "haproxy 127.0.0.1:6443",
        `kube-apiserver ${address}:6443`,
      ]);
      const probes = await kubectl(
        lab,
        `-n kube-system get pod kube-apiserver-${name} -o jsonpath='{.spec.containers[0].livenessProbe.httpGet.host}'`,
      );
      expect(probes).toBe(address);
    }
  });

  itFindsNothingToChange(start);

  it("reports the program that uses haproxy's port on the VIP, before anything is changed", async () => {
    // Without `reuseaddr`, closed connections would block the port for haproxy for another minute.
    await on(
      lab,
      "master2",
      "systemctl stop haproxy; systemd-run -q --collect --unit other socat TCP-LISTEN:6443,bind=127.0.0.1,reuseaddr,fork /dev/null && sleep 1",
    );
    const { stdout, exitCode } = await start().program.run("plan");
    await on(lab, "master2", "systemctl stop other; systemctl start haproxy");
    expect(exitCode).toBe(1);
    expect(stdout).toContain("master2: port 6443 is in use by socat");
  });

  it("advertises the VIP if requested, since haproxy serves it", async () => {
    const endpoints = () =>
      kubectl(lab, "get endpoints kubernetes -o jsonpath='{.subsets[*].addresses[*].ip}'");
    expect(await endpoints()).toBe(Object.values(MASTERS).join(" "));
    start().program.edit({ "cluster.advertise": "endpoint" });
    await expectMigration(start().program);
    expect(await endpoints()).toBe(VIP);
    // A restarted pod is reported as running only some seconds later.
    await kubectl(
      lab,
      "-n kube-system wait --for=condition=Ready pod -l component=kube-apiserver --timeout=60s",
    );
    await expectNothingToDo(start().program);
  });

  it("needs the patch for an apiserver manifest that kubeadm writes again, while the others serve", async () => {
    const path = "jsonpath='{.data.ClusterConfiguration}'";
    const common = await kubectl(lab, `-n kube-system get configmap kubeadm-config -o ${path}`);
    const api = kubeadmApi(await versionOf(lab));
    const own = `apiVersion: ${api}\nkind: InitConfiguration\nlocalAPIEndpoint: { advertiseAddress: 10.88.0.12 }\n`;
    const configure = (more: string) =>
      lab.ssh("root@master2", "cat >/root/kubeadm.yaml", { input: `${common}\n---\n${own}${more}` });
    await configure("");
    const write = "kubeadm init phase control-plane apiserver --config /root/kubeadm.yaml";
    const manifest = "/etc/kubernetes/manifests/kube-apiserver.yaml";
    await on(lab, "master2", `${write} && sleep 20`);
    const response = await lab.exec(["curl", "-sk", "--max-time", "3", "https://10.88.0.12:6443/readyz"]);
    expect(response.stdout).not.toBe("ok");
    await expectToServe(lab, `${VIP}:6443`);
    // kubeadm with v1beta3 refuses --patches beside --config.
    const isInConfig = holds("v1beta3", await versionOf(lab));
    if (isInConfig) await configure("patches: { directory: /etc/kubernetes/patches }\n");
    const flag = isInConfig ? "" : " --experimental-patches /etc/kubernetes/patches";
    await on(lab, "master2", `${write}${flag} && rm /root/kubeadm.yaml`);
    const flags = await on(lab, "master2", `grep -e --bind-address ${manifest}`);
    expect(flags.trim()).toBe("- --bind-address=10.88.0.12");
    await expectToServe(lab, "10.88.0.12:6443");
  });

  it("keeps serving when haproxy stops on the master that has the VIP", async () => {
    const hasVip = () => on(lab, "master1", `ip -4 -o addr show to ${VIP}/32`);
    expect(await hasVip()).not.toBe("");
    await on(lab, "master1", "systemctl stop haproxy; sleep 15");
    expect(await hasVip()).toBe("");
    await expectToServe(lab, `${VIP}:6443`);
    await on(lab, "master1", "systemctl start haproxy; sleep 15");
    expect(await hasVip()).not.toBe("");
  });

  itServesWithoutFirstMaster(lab, `${VIP}:6443`);
  itRollsBack(lab, start);

  it("serves on the first master's own address again", async () => {
    await expectToServe(lab, "10.88.0.11:6443");
  });
});

import { holds as isTrueOf } from "../../../src/config-files/kubeadm-versions.js";
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
import { itFindsNothingToChange, itRollsBack } from "../ending.js";

const VIP = "10.88.0.100";
const PORT = 443;
const MASTERS = ["master1", "master2", "master3"];
const MANIFESTS = "/etc/kubernetes/manifests";

describe("a migration with haproxy and keepalived as static pods on the masters", () => {
  const { lab, start } = useScenario("static-pods-on-masters");

  const holds = async (name: string) => (await on(lab, name, `ip -4 -o addr show to ${VIP}/32`)) !== "";

  it("is refused if a manifest would make kubeadm fail, before anything is changed", async (test) => {
    test.skip(
      !isTrueOf("refusesManifests", await versionOf(lab)),
      "kubeadm joins such a machine from 1.23 on",
    );
    await on(lab, "master2", `echo 'kind: Pod' >${MANIFESTS}/haproxy.yaml`);
    const { stdout, exitCode } = await start().program.run("migrate", "--yes");
    await on(lab, "master2", `rm ${MANIFESTS}/haproxy.yaml`);
    expect(exitCode).toBe(1);
    expect(stdout).toContain(
      `master2: ${MANIFESTS} contains static pods, and kubeadm does not join such a machine: haproxy`,
    );
    expect(start().program.journal()).toBe("");
  });

  it("results in three masters that share the VIP, with no object lost", async () => {
    await expectMigration(start().program);
    await expectHighlyAvailable(lab, VIP, { port: PORT, balancers: MASTERS });
    expect(await uids(lab)).toBe(start().objects);
    await kubectl(lab, "-n kube-system wait --for=condition=Ready pods -l tier=load-balancer --timeout=120s");
    const pods = await kubectl(lab, "-n kube-system get pods -l tier=load-balancer -o name | sort");
    expect(pods.split("\n")).toEqual(
      ["haproxy", "keepalived"].flatMap((name) => MASTERS.map((master) => `pod/${name}-${master}`)),
    );
    const { stdout: page } = await lab.exec(["curl", "-s", `http://${VIP}:8404/stats`]);
    expect(page).toContain("kubernetes-apiservers");
  });

  itFindsNothingToChange(start);

  it("restarts only the pod whose configuration was changed", async () => {
    await on(lab, "master3", "sed -i 's/maxconn 4000/maxconn 10/' /etc/haproxy/haproxy.cfg");
    const changes = await start().program.planned();
    expect(
      changes.filter(({ step }) => step !== "backup").map(({ change }) => [change.host, change.kind]),
    ).toEqual([
      ["master3", "haproxy-config"],
      ["master3", "static-pod"],
    ]);
    await expectMigration(start().program);
    await expectNothingToDo(start().program);
  });

  it("keeps serving when haproxy stops where the VIP is, and then the machine that took it over is switched off", async () => {
    expect(await holds("master1")).toBe(true);
    await on(lab, "master1", `mv ${MANIFESTS}/haproxy.yaml /root; sleep 20`);
    expect(await Promise.all(MASTERS.map(holds))).toEqual([false, true, false]);
    await expectToServe(lab, `${VIP}:${PORT}`);
    await lab.powerOff("master2");
    await expectToServe(lab, `${VIP}:${PORT}`);
    expect(await holds("master3")).toBe(true);
    await on(lab, "master1", `mv /root/haproxy.yaml ${MANIFESTS}`);
    await lab.powerOn("master2");
    await expectToServe(lab, "10.88.0.12:6443");
    await kubectl(lab, "wait --for=condition=Ready node/master2 --timeout=120s");
    await kubectl(lab, "-n kube-system wait --for=condition=Ready pods -l tier=load-balancer --timeout=120s");
    expect(await Promise.all(MASTERS.map(holds))).toEqual([true, false, false]);
  });

  itRollsBack(lab, start);
});

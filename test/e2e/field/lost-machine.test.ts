import { readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { isSeq, parseDocument } from "yaml";
import { useScenario } from "../beginning.js";
import {
  expectHighlyAvailable,
  expectMigration,
  expectNothingToDo,
  expectToServe,
  on,
  uids,
} from "../cluster.js";
import { runDocumentedCommands } from "../docs-commands.js";

const VIP = "10.88.0.100";

/** The disk is lost; a newly installed machine has the same name and address. */
describe("a machine that is lost permanently", () => {
  const { lab, start } = useScenario("default", { "cluster.certificateReload": "restart" });

  beforeAll(async () => {
    await expectMigration(start().program);
  });

  it("is the first master: the others keep serving, and it joins as the last one", async () => {
    await on(lab, "master1", "systemctl disable -q kubelet");
    await lab.powerOff("master1");
    await expectToServe(lab, `${VIP}:6443`);
    expect(await runDocumentedCommands(lab, "Replacing a lost machine")).toEqual(["master2"]);
    await lab.powerOn("master1");
    await on(
      lab,
      "master1",
      "rm -rf /etc/kubernetes/* /var/lib/etcd /var/lib/kubelet/* /var/lib/k8s-ha /var/backups/k8s-ha /root/.kube /home/*/.kube; systemctl enable -q kubelet",
    );

    const document = parseDocument(readFileSync(start().program.inventory, "utf8"));
    const masters = document.get("controlPlane");
    if (!isSeq(masters)) throw new Error("the inventory has no masters");
    masters.items.push(...masters.items.splice(0, 1));
    writeFileSync(start().program.inventory, document.toString());
    await expectMigration(start().program);
    await expectHighlyAvailable(lab, VIP);
    await expectNothingToDo(start().program);
    expect(await uids(lab)).toBe(start().objects);
  });

  it("is a load balancer: the other one keeps serving, and it gets the other's password", async () => {
    await on(
      lab,
      "lb1",
      "systemctl stop keepalived haproxy; DEBIAN_FRONTEND=noninteractive apt-get -q -y purge haproxy keepalived >/dev/null 2>&1; rm -rf /etc/haproxy /etc/keepalived /etc/sysctl.d/90-k8s-ha.conf /var/lib/k8s-ha",
    );
    await expectToServe(lab, `${VIP}:6443`);
    await expectMigration(start().program);
    await expectHighlyAvailable(lab, VIP);
    await expectNothingToDo(start().program);
  });
});

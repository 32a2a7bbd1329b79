import { describe, expect, it } from "vitest";
import { expectToGoBack, useScenario } from "../beginning.js";
import {
  expectHighlyAvailable,
  expectMigration,
  expectNothingToDo,
  expectPodToReachApi,
  expectToServe,
  expectToServeWithout,
  kubectl,
  on,
  uids,
} from "../cluster.js";

const VIP = "fd00:88::100";
const ENDPOINT = `[${VIP}]:6443`;

/** Hosts, pods, Services and the VIP have IPv6 addresses alone. */
describe("a migration with IPv6", () => {
  const { lab, start } = useScenario("ipv6", { "cluster.certificateReload": "restart" });

  it("is refused while somebody has the VIP", async () => {
    await on(lab, "worker1", `ip addr add ${VIP}/128 dev eth0 nodad`);
    const { stdout } = await start().program.run("plan");
    await on(lab, "worker1", `ip addr del ${VIP}/128 dev eth0`);
    // Who was just answered remembers it for half a minute.
    for (const host of ["lb1", "lb2"]) await on(lab, host, `ip neigh flush to ${VIP}`);
    expect(stdout).toContain(`${VIP} already answers, but none of the load balancers holds it`);
  });

  it("makes three masters behind an IPv6 address", async () => {
    await expectMigration(start().program);
    await expectHighlyAvailable(lab, VIP);
    expect(await uids(lab)).toBe(start().objects);
    for (const host of ["master1", "master2", "master3", "worker1"]) {
      const servers = await on(lab, host, "grep -hs server: /etc/kubernetes/kubelet.conf | sort -u");
      expect(`${host} ${servers.trim()}`).toBe(`${host} server: https://${ENDPOINT}`);
    }
    await expectPodToReachApi(lab);
    const endpoints = "get endpoints kubernetes -o jsonpath='{.subsets[*].addresses[*].ip}'";
    expect(await kubectl(lab, endpoints)).toBe(VIP);
  });

  it("finds nothing to change the second time, and proves everything on request", async () => {
    await expectNothingToDo(start().program);
  });

  it("serves on when the first master is switched off, and when the VIP moves", async () => {
    await expectToServeWithout(lab, "master1", ENDPOINT);
    await lab.powerOff("lb1");
    await expectToServe(lab, ENDPOINT);
    await lab.powerOn("lb1");
    await expectToServe(lab, ENDPOINT);
  });

  it("goes back, byte for byte", async () => {
    await expectToGoBack(lab, start());
  });
});

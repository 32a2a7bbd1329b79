import { describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import {
  expectHighlyAvailable,
  expectKubeletServers,
  expectMigration,
  expectPodToReachApi,
  expectToServe,
  kubectl,
  on,
  uids,
} from "../cluster.js";
import { itFindsNothingToChange, itRollsBack, itServesWithoutFirstMaster } from "../ending.js";

const VIP = "fd00:88::100";
const MASTERS = { master1: "fd00:88::11", master2: "fd00:88::12", master3: "fd00:88::13" };
const ENDPOINT = `[${VIP}]:6443`;

/** Hosts, pods, Services and the VIP have only IPv6 addresses. */
describe("a migration with IPv6", () => {
  const { lab, start } = useScenario("ipv6", { "cluster.certificateReload": "restart" });

  it("is refused while another host has the VIP", async () => {
    await on(lab, "worker1", `ip addr add ${VIP}/128 dev eth0 nodad`);
    const { stdout } = await start().program.run("plan");
    await on(lab, "worker1", `ip addr del ${VIP}/128 dev eth0`);
    // Hosts keep the neighbor entry for half a minute.
    for (const host of ["lb1", "lb2"]) await on(lab, host, `ip neigh flush to ${VIP}`);
    expect(stdout).toContain(
      `the VIP ${VIP} is already in use: it answers, but none of the load balancers holds it`,
    );
  });

  it("results in three masters behind an IPv6 address", async () => {
    await expectMigration(start().program);
    await expectHighlyAvailable(lab, VIP);
    expect(await uids(lab)).toBe(start().objects);
    await expectKubeletServers(lab, `https://${ENDPOINT}`, MASTERS);
    await expectPodToReachApi(lab);
    const endpoints = "get endpoints kubernetes -o jsonpath='{.subsets[*].addresses[*].ip}'";
    expect(await kubectl(lab, endpoints)).toBe(Object.values(MASTERS).join(" "));
  });

  itFindsNothingToChange(start);
  itServesWithoutFirstMaster(lab, ENDPOINT);

  it("keeps serving when the VIP moves", async () => {
    await lab.powerOff("lb1");
    await expectToServe(lab, ENDPOINT);
    await lab.powerOn("lb1");
    await expectToServe(lab, ENDPOINT);
  });

  itRollsBack(lab, start);
});

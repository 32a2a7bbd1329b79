import { describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import {
  expectHighlyAvailable,
  expectMigration,
  expectPodToReachApi,
  expectToServe,
  kubectl,
  on,
  uids,
} from "../cluster.js";
import { itFindsNothingToChange, itRollsBack, itServesWithoutFirstMaster } from "../ending.js";

const VIP = "10.88.0.100";
const PORT = 8443;
const MASTERS = ["master1", "master2", "master3"];

describe("a migration with the load balancers on the masters", () => {
  const { lab, start } = useScenario("load-balancers-on-masters");

  it("is refused if another program uses the port, before anything is changed", async () => {
    await on(
      lab,
      "master2",
      `systemd-run -q --collect --unit other socat TCP-LISTEN:${PORT},fork /dev/null && sleep 1`,
    );
    const { stdout, exitCode } = await start().program.run("migrate", "--yes");
    await on(lab, "master2", "systemctl stop other");
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`master2: port ${PORT} is in use by socat`);
    expect(start().program.journal()).toBe("");
  });

  it("results in three masters that share the VIP, with no object lost", async () => {
    await expectMigration(start().program);
    await expectHighlyAvailable(lab, VIP, { port: PORT, balancers: MASTERS });
    expect(await uids(lab)).toBe(start().objects);
    const path = "jsonpath='{.subsets[*].addresses[*].ip}'";
    const endpoints = await kubectl(lab, `get endpoints kubernetes -o ${path}`);
    expect(endpoints).toBe("10.88.0.11 10.88.0.12 10.88.0.13");
    await expectPodToReachApi(lab);
  });

  it("keeps the nodes' own addresses as InternalIP on the master that has the VIP", async () => {
    const path = "jsonpath='{.items[*].status.addresses[?(@.type==\"InternalIP\")].address}'";
    await on(lab, "master1", "systemctl restart kubelet");
    await kubectl(lab, "wait --for=condition=Ready node/master1 --timeout=90s");
    expect(await kubectl(lab, `get nodes -o ${path}`)).toBe("10.88.0.11 10.88.0.12 10.88.0.13 10.88.0.21");
  });

  itFindsNothingToChange(start);

  it("keeps serving when haproxy stops on the master that has the VIP", async () => {
    const hasVip = () => on(lab, "master1", `ip -4 -o addr show to ${VIP}/32`);
    expect(await hasVip()).not.toBe("");
    await on(lab, "master1", "systemctl stop haproxy; sleep 15");
    expect(await hasVip()).toBe("");
    await expectToServe(lab, `${VIP}:${PORT}`);
    await on(lab, "master1", "systemctl start haproxy; sleep 15");
    expect(await hasVip()).not.toBe("");
  });

  itServesWithoutFirstMaster(lab, `${VIP}:${PORT}`);
  itRollsBack(lab, start);
});

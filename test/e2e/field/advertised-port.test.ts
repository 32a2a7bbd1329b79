import { describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import {
  expectMigration,
  expectNothingToDo,
  expectPodToReachApi,
  expectToServe,
  kubectl,
  onBalancers,
} from "../cluster.js";
import { itRollsBack } from "../ending.js";

const VIP = "10.88.0.100";
const MASTERS = ["10.88.0.11", "10.88.0.12", "10.88.0.13"];

/** Clients use a different port of the VIP than pods: the apiservers advertise the VIP with their own port. */
describe("apiservers that advertise the VIP of an endpoint on a different port", () => {
  const { lab, start } = useScenario("default", {
    "cluster.endpoint": `${VIP}:8443`,
    "cluster.advertise": "endpoint",
    "cluster.certificateReload": "restart",
  });
  const advertised = async (): Promise<string[]> => {
    const path = "jsonpath='{.subsets[*].addresses[*].ip}:{.subsets[*].ports[*].port}'";
    return (await kubectl(lab, `get endpoints kubernetes -o ${path}`)).replace(/:6443$/, "").split(" ");
  };
  const bindLines = async (): Promise<Set<string>> => {
    const found = await onBalancers(
      lab,
      "sed -n 's/^ *bind .*:\\([0-9]*\\).*/\\1/p' /etc/haproxy/haproxy.cfg",
    );
    return new Set(found.flatMap((ports) => ports.trim().split("\n")));
  };

  it("are reachable on both ports", async () => {
    await expectMigration(start().program);
    expect(await advertised()).toEqual([VIP]);
    for (const port of [8443, 6443]) await expectToServe(lab, `${VIP}:${port}`);
    await expectPodToReachApi(lab);
    await expectNothingToDo(start().program);
  });

  it("keep serving their port of the VIP until each advertises its node", async () => {
    start().program.edit({ "cluster.advertise": "node" });
    const { stdout } = await start().program.run("plan");
    expect(stdout).toContain(`haproxy keeps serving ${VIP}:6443`);
    await expectMigration(start().program);
    expect(await advertised()).toEqual(MASTERS);
    expect([...(await bindLines())]).toContain("6443");
    await expectPodToReachApi(lab);
  });

  it("stop serving it in the next run", async () => {
    await expectMigration(start().program);
    expect([...(await bindLines())]).not.toContain("6443");
    await expectToServe(lab, `${VIP}:8443`);
    await expectPodToReachApi(lab);
    await expectNothingToDo(start().program);
  });

  itRollsBack(lab, start);
});

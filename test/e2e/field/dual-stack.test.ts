import { describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import { expectHighlyAvailable, expectMigration, kubectl, uids } from "../cluster.js";
import { itPassesFinalChecks } from "../ending.js";
import { Program } from "../k8s-ha.js";

const VIP = "10.88.0.100";
const ADDRESSES = `get nodes -o jsonpath='{range .items[*]}{.metadata.name}{range .status.addresses[?(@.type=="InternalIP")]} {.address}{end}{"\\n"}{end}'`;

/** Nodes and pods have an address of each family; the API and the VIP have one of the first family only. */
describe("a migration of a dual-stack cluster", () => {
  const { lab, start } = useScenario("dual-stack", { "cluster.certificateReload": "restart" });

  it("warns about machines that would join with only one address", async () => {
    const single = [1, 2, 3].map((n) => ({ name: `master${n}`, address: `10.88.0.1${n}` }));
    const { stdout } = await (await Program.make(lab, { controlPlane: single })).run("plan");
    expect(stdout).toContain("node master1 has the addresses 10.88.0.11, fd00:88::11");
  });

  it("results in three masters, each with both of its addresses", async () => {
    await expectMigration(start().program);
    await expectHighlyAvailable(lab, VIP);
    expect(await uids(lab)).toBe(start().objects);
    expect((await kubectl(lab, ADDRESSES)).trim().split("\n").sort()).toEqual([
      "master1 10.88.0.11 fd00:88::11",
      "master2 10.88.0.12 fd00:88::12",
      "master3 10.88.0.13 fd00:88::13",
      "worker1 10.88.0.21 fd00:88::21",
    ]);
  });

  itPassesFinalChecks(lab, `${VIP}:6443`, start);
});

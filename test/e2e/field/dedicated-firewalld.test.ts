import { describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import {
  BALANCERS,
  expectHighlyAvailable,
  expectMigration,
  expectNothingToDo,
  expectToServe,
  holdersOf,
  on,
} from "../cluster.js";
import { itRollsBack } from "../ending.js";

const VIP = "10.88.0.100";
const RULE = 'rule family="ipv4" destination address="224.0.0.18" protocol value="vrrp" accept';

describe("a migration with two load balancers that run firewalld", () => {
  const { lab, start } = useScenario("default");

  it("results in three masters behind the VIP, and changes nothing in a second run", async () => {
    await expectMigration(start().program);
    await expectHighlyAvailable(lab, VIP);
    await expectNothingToDo(start().program);
  });

  it("opens the endpoint and the VRRP group, at runtime and permanently", async () => {
    for (const name of BALANCERS) {
      for (const when of ["", "--permanent"]) {
        const rules = await on(
          lab,
          name,
          `firewall-cmd ${when} --list-ports; firewall-cmd ${when} --list-rich-rules`,
        );
        expect(rules).toContain("6443/tcp");
        expect(rules).toContain(RULE);
      }
      await on(lab, name, "firewall-cmd --reload");
    }
    await on(lab, "lb1", "sleep 8");
    expect(await holdersOf(lab, VIP)).toEqual(["lb1"]);
  });

  it("reports a split brain after the rule is removed, reports the fix, and fixes it", async () => {
    for (const name of BALANCERS) {
      const remove = `--remove-rich-rule='${RULE}'`;
      await on(lab, name, `firewall-cmd -q ${remove} && firewall-cmd -q --permanent ${remove}`);
    }
    await on(lab, "lb1", "sleep 10");
    expect(await holdersOf(lab, VIP)).toEqual(BALANCERS);

    const verified = await start().program.run("verify");
    expect(verified.exitCode).not.toBe(0);
    const seen = `split brain: lb1 and lb2 hold ${VIP} at the same time because they do not receive each other's VRRP`;
    expect(`${verified.stdout}${verified.stderr}`).toContain(seen);
    expect(`${verified.stdout}${verified.stderr}`).toContain("allow IP protocol 112 to 224.0.0.18");
    const planned = await start().program.run("plan");
    expect(planned.stdout).toContain(seen);
    expect(planned.stdout).toContain("firewalld, zone public: allow VRRP");

    await expectMigration(start().program);
    expect(await holdersOf(lab, VIP)).toEqual(["lb1"]);
    await expectNothingToDo(start().program);
  });

  it("moves the VIP when haproxy stops, when it serves again, and when the machine is switched off", async () => {
    await on(lab, "lb1", "systemctl stop haproxy; sleep 15");
    expect(await holdersOf(lab, VIP)).toEqual(["lb2"]);
    await expectToServe(lab, `${VIP}:6443`);
    await on(lab, "lb1", "systemctl start haproxy; sleep 15");
    expect(await holdersOf(lab, VIP)).toEqual(["lb1"]);
    await lab.powerOff("lb1");
    await expectToServe(lab, `${VIP}:6443`);
    await lab.powerOn("lb1");
  });

  itRollsBack(lab, start);
});

import { describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import { expectHighlyAvailable, expectMigration, expectToServe, holdersOf, on, uids } from "../cluster.js";
import { expectRollback, itFindsNothingToChange, itRollsBack } from "../ending.js";
import { Program } from "../k8s-ha.js";
import { stateOf } from "../state.js";

const VIP = "10.88.0.100";

describe("a migration with plain nftables on one load balancer and ufw on the other", () => {
  const { lab, start } = useScenario("firewalls");
  let lines: string[];

  it("is refused with the rules to add, for a load balancer and for a master", async () => {
    await on(
      lab,
      "master2",
      "nft 'add table inet guard; add chain inet guard in { type filter hook input priority 0; policy drop; }; add rule inet guard in ct state established,related accept; add rule inet guard in tcp dport { 22, 6443, 2379, 10250 } accept'",
    );
    const { stdout, exitCode } = await start().program.run("migrate", "--yes");
    expect(exitCode).toBe(1);
    expect(stdout).toContain("lb1: the nftables chain inet filter input is not managed by k8s-ha and blocks");
    expect(stdout).toContain("open it on master2: nft insert rule inet guard in tcp dport '{ 2380 }' accept");
    expect(start().program.journal()).toBe("");
    lines = stdout
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line.startsWith("nft insert rule inet filter input "));
    expect(lines).toHaveLength(2);
    await on(lab, "master2", "nft delete table inet guard");
  });

  it("continues after an operator has added them, and opens ufw itself", async () => {
    await on(
      lab,
      "lb1",
      `${lines.join("\n")}\n{ echo 'flush ruleset'; nft list ruleset; } >/etc/nftables.conf`,
    );
    // The rollback must keep these rules.
    start().state = await stateOf(lab);
    await expectMigration(start().program);
    await expectHighlyAvailable(lab, VIP);
    expect(await uids(lab)).toBe(start().objects);
    expect(await on(lab, "lb2", "ufw status")).toMatch(/^6443\/tcp +ALLOW +Anywhere *$/m);
  });

  itFindsNothingToChange(start);

  it("has one holder of the VIP, also after lb2 has restarted and when haproxy stops on lb1", async () => {
    await lab.powerOff("lb2");
    await lab.powerOn("lb2");
    await on(
      lab,
      "lb2",
      "systemctl is-active --wait keepalived; sleep 10; ufw status | grep -q 'Status: active'",
    );
    expect(await holdersOf(lab, VIP)).toEqual(["lb1"]);
    await on(lab, "lb1", "systemctl stop haproxy; sleep 15");
    expect(await holdersOf(lab, VIP)).toEqual(["lb2"]);
    await expectToServe(lab, `${VIP}:6443`);
    await on(lab, "lb1", "systemctl start haproxy; sleep 15");
    expect(await holdersOf(lab, VIP)).toEqual(["lb1"]);
  });

  it("fixes the split brain that occurs when ufw blocks VRRP", async () => {
    await on(lab, "lb2", "iptables -D ufw-before-input -p 112 -j ACCEPT; sleep 12");
    expect(await holdersOf(lab, VIP)).toEqual(["lb1", "lb2"]);
    const { exitCode } = await start().program.run("migrate", "--yes");
    expect(exitCode).toBe(0);
    await on(lab, "lb2", "sleep 8");
    expect(await holdersOf(lab, VIP)).toEqual(["lb1"]);
  });

  it("keeps serving when the load balancer that has the VIP is switched off", async () => {
    await lab.powerOff("lb1");
    await expectToServe(lab, `${VIP}:6443`);
    expect(await on(lab, "lb2", `ip -4 -o addr show to ${VIP}/32`)).not.toBe("");
    await lab.powerOn("lb1");
    await expectToServe(lab, `${VIP}:6443`);
  });

  itRollsBack(lab, start);

  it("disables ufw if requested, and enables it again in the rollback", async () => {
    const program = await Program.make(lab, { "loadBalancer.ufw": "disable" });
    await expectMigration(program, "--until", "firewall", "--limit", "lb2");
    expect(await on(lab, "lb2", "ufw status")).toContain("Status: inactive");
    await expectRollback(lab, { ...start(), program });
    expect(await on(lab, "lb2", "ufw status")).toContain("Status: active");
  });
});

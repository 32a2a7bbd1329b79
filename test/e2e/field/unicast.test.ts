import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import {
  expectHighlyAvailable,
  expectMigration,
  expectNothingToDo,
  expectToServe,
  holdersOf,
  on,
  onBalancers,
} from "../cluster.js";
import { itRollsBack } from "../ending.js";
import { Program } from "../k8s-ha.js";

const VIP = "10.88.0.100";
const PASSWORD = "it's a $ecret #1";

describe("a migration with unicast VRRP that replaces existing load balancers", () => {
  const { lab, start } = useScenario("unicast", { "loadBalancer.stats.passwordFile": "stats-password" });
  let former: string[];

  /** The HTTP status of a page of lb1's haproxy, requested from the operator's machine. */
  const page = async (path: string, ...user: string[]): Promise<string> => {
    const url = `http://10.88.0.31:8404${path}`;
    const { stdout } = await lab.exec(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", ...user, url]);
    return stdout;
  };
  const files =
    "cd /etc && sha256sum haproxy/haproxy.cfg; [ ! -e keepalived/keepalived.conf ] || sha256sum keepalived/keepalived.conf";

  beforeAll(async () => {
    writeFileSync(join(start().program.folder, "stats-password"), `${PASSWORD}\n`, { mode: 0o600 });
    former = await onBalancers(lab, files);
  });

  it("is refused if existing configuration must not be replaced", async () => {
    const careful = await Program.make(lab, { "loadBalancer.existingConfig": "refuse" });
    const { stdout, exitCode } = await careful.run("plan");
    expect(exitCode).toBe(1);
    expect(stdout).toContain("lb1: /etc/haproxy/haproxy.cfg is not managed by k8s-ha and would be replaced");
    expect(stdout).toContain(
      "lb2: /etc/keepalived/keepalived.conf is not managed by k8s-ha and would be replaced",
    );
  });

  it("results in three masters behind the VIP, and prints no password", async () => {
    const { stdout, stderr } = await expectMigration(start().program);
    await expectHighlyAvailable(lab, VIP);
    for (const text of [stdout, stderr, start().program.journal()]) {
      expect(text).not.toContain("$ecret");
      expect(text).not.toContain("shop1234");
    }
  });

  it("sends VRRP only to the peer, and accepts VRRP only from it", async () => {
    const heard = await on(
      lab,
      "master1",
      "timeout 4 socat -d -d -x -u IP4-RECV:112,ip-add-membership=224.0.0.18:eth0 /dev/null 2>&1 || true",
    );
    expect(heard).not.toContain("from AF=2");
    const rules = await onBalancers(
      lab,
      "firewall-cmd --list-rich-rules; firewall-cmd --permanent --list-rich-rules",
    );
    for (const [i, peer] of ["10.88.0.32", "10.88.0.31"].entries()) {
      const rule = `rule family="ipv4" source address="${peer}" protocol value="vrrp" accept`;
      expect(rules[i]?.trim().split("\n")).toEqual([rule, rule]);
    }
  });

  it("keeps the previous files beside its own, also in a second run", async () => {
    await expectNothingToDo(start().program);
    const kept = await onBalancers(
      lab,
      files.replaceAll("haproxy.cfg", "haproxy.cfg.k8s-ha-before").replaceAll(".conf", ".conf.k8s-ha-before"),
    );
    expect(kept.map((text) => text.replaceAll(".k8s-ha-before", ""))).toEqual(former);
  });

  it("requires the password for the statistics, but not for the health page", async () => {
    expect(await page("/stats")).toBe("401");
    expect(await page("/stats", "-u", `admin:${PASSWORD}`)).toBe("200");
    expect(await page("/healthz")).toBe("200");
    expect(
      (await onBalancers(lab, "stat -c %a /etc/haproxy/haproxy.cfg")).join(" ").split(/\s+/).join(" ").trim(),
    ).toBe("600 600");
    await on(
      lab,
      "lb1",
      "grep -q 'inter 2s downinter 1s fall 2 rise 2 slowstart 5s maxconn 250' /etc/haproxy/haproxy.cfg",
    );
  });

  it("applies a new password from the file in the next run", async () => {
    writeFileSync(join(start().program.folder, "stats-password"), "another\n");
    await expectMigration(start().program);
    expect(await page("/stats", "-u", `admin:${PASSWORD}`)).toBe("401");
    expect(await page("/stats", "-u", "admin:another")).toBe("200");
    await expectNothingToDo(start().program);
  });

  it.each(["multicast", "unicast"])(
    "switches to %s with the inventory, and one load balancer has the VIP",
    async (vrrp) => {
      start().program.edit({ "loadBalancer.vrrp": vrrp });
      await expectMigration(start().program);
      expect(await holdersOf(lab, VIP)).toEqual(["lb1"]);
      await expectNothingToDo(start().program);
    },
  );

  it("moves the VIP when haproxy stops, when it serves again, and when the machine is switched off", async () => {
    expect(await holdersOf(lab, VIP)).toEqual(["lb1"]);
    await on(lab, "lb1", "systemctl stop haproxy; sleep 15");
    expect(await holdersOf(lab, VIP)).toEqual(["lb2"]);
    await expectToServe(lab, `${VIP}:6443`);
    await on(lab, "lb1", "systemctl start haproxy; sleep 15");
    expect(await holdersOf(lab, VIP)).toEqual(["lb1"]);
    await lab.powerOff("lb1");
    await expectToServe(lab, `${VIP}:6443`);
    await lab.powerOn("lb1");
    await on(
      lab,
      "lb1",
      `for i in $(seq 60); do ip -4 addr show to ${VIP}/32 | grep -q . && exit; sleep 1; done`,
    );
    expect(await holdersOf(lab, VIP)).toEqual(["lb1"]);
  });

  itRollsBack(lab, start);
});

import { beforeAll, describe, expect, it } from "vitest";
import { Lab } from "../lab/lab.js";
import { on } from "./cluster.js";
import { Program } from "./k8s-ha.js";

/** Conditions that must block a migration, created on real hosts: all are reported at once, and nothing is changed. */
describe("before a migration", () => {
  const lab = new Lab();
  let program: Program;

  beforeAll(async () => {
    await lab.fresh({ scenario: "default" });
    program = await Program.make(lab);
  });

  /** Starts a process on a host that ends when the host stops. */
  const inBackground = (host: string, name: string, command: string): Promise<string> =>
    on(lab, host, `systemd-run -q --unit=${name} /bin/sh -c '${command}'`);

  it("reports all blockers at once", async () => {
    await on(lab, "worker1", "ip addr add 10.88.0.100/32 dev eth0");
    await inBackground("master2", "squatter", "while :; do nc -l -p 2379; done");
    await inBackground("lb2", "squatter", "while :; do nc -l -p 8404; done");
    // VRRPv2, id 51, priority 100, one address: an advertisement twice a second, as a third-party router sends it.
    const advertisement = String.raw`\041\063\144\001\000\001\000\000\012\130\000\143`;
    const send = "socat -u - IP4-SENDTO:224.0.0.18:112,ip-multicast-if=10.88.0.21";
    const router = `while :; do printf '${advertisement}' | ${send}; sleep 0.5; done\n`;
    await lab.ssh("root@worker1", "cat >/root/router.sh", { input: router });
    await inBackground("worker1", "router", "sh /root/router.sh");
    await on(lab, "master3", "iptables -I INPUT -p tcp --dport 2380 -s 10.88.0.11 -j DROP");
    await on(lab, "master2", "iptables -I INPUT -p tcp --dport 6443 -s 10.88.0.21 -j DROP");
    await on(lab, "master3", "chmod -x /usr/bin/crictl");
    await on(lab, "master2", "sysctl -q -w net.ipv4.ip_forward=0");

    const { stdout, exitCode } = await program.run("plan");
    expect(exitCode).toBe(1);
    for (const problem of [
      "the VIP 10.88.0.100 is already in use: it answers, but none of the load balancers holds it",
      "10.88.0.21 already uses the virtual router ID 51",
      "master2: port 2379 is in use by nc",
      "lb2: port 8404 is in use by nc",
      "master1: port 2380 of master3 does not answer",
      "worker1: port 6443 of master2 does not answer",
      "master3: crictl is not installed",
      "master2: net.ipv4.ip_forward is not 1; kubeadm refuses to join such a machine",
    ]) {
      expect(stdout).toContain(problem);
    }
  });

  it("names every host that cannot be reached", async () => {
    await lab.powerOff("lb2");
    await lab.cut("master3");
    const { stderr, exitCode } = await program.run("migrate", "--yes");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/lb2/);
    expect(stderr).toMatch(/master3/);
    await lab.heal("master3");
  });
});

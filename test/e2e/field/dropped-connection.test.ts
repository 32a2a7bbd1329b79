import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import { expectHighlyAvailable, expectNothingToDo, on } from "../cluster.js";

const LOCK = "/run/lock/k8s-ha.lock";
/** Drops both directions of each established SSH connection, as a VPN whose client gets a new address. */
const DROP = `for tuple in $(ss -Htn state established '( sport = :22 )' | awk '{ print $4 }' | sort -u); do
  iptables -I INPUT -p tcp -s "\${tuple%:*}" --sport "\${tuple##*:}" --dport 22 -j DROP
  iptables -I OUTPUT -p tcp -d "\${tuple%:*}" --dport "\${tuple##*:}" --sport 22 -j DROP
done`;
const DROPPED = "iptables -S INPUT | grep -c -- '-j DROP' || true";
const IS_HELD = `flock -n ${LOCK} true && echo free || echo held`;

/** No packet of the connections reaches the other side any more, and neither side is told. */
describe("a run whose connections to the first master are dropped", () => {
  const { lab, start } = useScenario("default");

  it("loses its lock after 20 s of silence and stops, and the next run goes on", async () => {
    const { program } = start();
    const child = program.start("migrate", "--yes");
    let output = "";
    child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const ended = once(child, "exit");
    while (!program.journal().includes('"type":"change-started","step":"haproxy"')) await delay(100);
    // Later: the connection that starts it would be dropped too.
    await on(
      lab,
      "master1",
      `echo '${DROP.replaceAll("'", String.raw`'\''`)}' >/root/drop.sh; systemd-run -q sh -c 'sleep 2; sh /root/drop.sh'`,
    );
    const begin = Date.now();
    await delay(4000);
    expect(Number(await on(lab, "master1", DROPPED))).toBeGreaterThan(0);
    let held = "held";
    while (held === "held" && Date.now() - begin < 60_000) {
      await delay(1000);
      held = (await on(lab, "master1", IS_HELD)).trim();
    }
    const seconds = (Date.now() - begin) / 1000;
    expect(held).toBe("free");
    expect(seconds).toBeLessThan(35);

    const second = await program.run("migrate", "--resume", "--yes");
    const first =
      child.exitCode ?? ((await Promise.race([ended, delay(120_000, ["still running"])]))[0] as number);
    console.log(
      `the lock was free after ${seconds} s; the first run: ${String(first)}, ${output.slice(-600)}`,
    );
    expect(first).not.toBe(0);
    expect(first).not.toBe("still running");
    expect(`${second.exitCode} ${second.stderr}`).toMatch(/^0 /);
    await on(
      lab,
      "master1",
      "iptables -S INPUT | grep -- '-j DROP' | sed 's/^-A/iptables -D/' | sh; iptables -S OUTPUT | grep -- '-j DROP' | sed 's/^-A/iptables -D/' | sh; rm /root/drop.sh",
    );
    await expectHighlyAvailable(lab, "10.88.0.100");
    await expectNothingToDo(program);
  });
});

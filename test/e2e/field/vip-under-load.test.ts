import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import {
  BALANCERS,
  expectMigration,
  expectToServe,
  holdersOf,
  kubectl,
  on,
  onBalancers,
} from "../cluster.js";
import { Holders } from "../load/holders.js";

const VIP = "10.88.0.100";
const HELD = 60;
const STATS = "curl -s 'http://127.0.0.1:8404/stats;csv'";
const SESSIONS = `${STATS} | awk -F, '$1 == "kubernetes-api" && $2 == "FRONTEND" { print $5 }'`;

/** haproxy accepts fewer connections than the held ones twice: those of a former holder of the VIP must not count. */
describe("the VIP with 60 held connections and maxconn 100", () => {
  const { lab, start } = useScenario("default", { "loadBalancer.maxconn": 100 });
  let held: Holders;

  /** The number of clients' connections that a load balancer's haproxy counts. */
  const sessions = async (balancer: string): Promise<number> => Number(await on(lab, balancer, SESSIONS));

  /** Waits until a condition is true; returns the seconds that it took. */
  async function until(what: string, seconds: number, isTrue: () => Promise<boolean>): Promise<number> {
    const begun = Date.now();
    while (!(await isTrue())) {
      if (Date.now() - begun > seconds * 1000) throw new Error(`not within ${seconds} s: ${what}`);
      await delay(200);
    }
    const took = (Date.now() - begun) / 1000;
    console.log(`${what}: after ${took} s`);
    return took;
  }
  const untilServedBy = (balancer: string): Promise<number> =>
    until(`${balancer} has the connections`, 120, async () => (await sessions(balancer)) >= HELD);
  const untilEmpty = (balancer: string, seconds: number): Promise<number> =>
    until(`${balancer} has no connections`, seconds, async () => (await sessions(balancer)) === 0);

  /** Seconds since the epoch, on the hosts. */
  const now = async (): Promise<number> => Number(await on(lab, "lb2", "date +%s"));

  /** How often each load balancer has taken the VIP since then. */
  async function moves(since: number): Promise<Record<string, number>> {
    const log = `journalctl -q -u keepalived -o cat --since @${since}`;
    const counts = await onBalancers(lab, `${log} | grep -c 'Entering MASTER STATE' || true`);
    return Object.fromEntries(BALANCERS.map((name, i) => [name, Number(counts[i])]));
  }

  it("begins on lb1", async () => {
    await expectMigration(start().program);
    await on(lab, "lb1", "grep -q '^    maxconn 100$' /etc/haproxy/haproxy.cfg");
    held = await Holders.start(lab, `https://${VIP}:6443`, HELD);
    await untilServedBy("lb1");
    expect(await holdersOf(lab, VIP)).toEqual(["lb1"]);
  });

  it("moves once when keepalived stops, and once when it starts again", async () => {
    const since = await now();
    await on(lab, "lb1", "systemctl stop keepalived");
    await untilServedBy("lb2");
    console.log(`lb1 still counts ${await sessions("lb1")} connections`);
    const returns = `systemctl start keepalived; until ip -4 -o addr show to ${VIP}/32 | grep -q .; do sleep 0.1; done; ${SESSIONS}`;
    expect(Number(await on(lab, "lb1", returns))).toBeLessThan(HELD);
    await untilEmpty("lb2", 6);
    await untilServedBy("lb1");
    await delay(30_000);
    expect(await moves(since)).toEqual({ lb1: 1, lb2: 1 });
    expect(await holdersOf(lab, VIP)).toEqual(["lb1"]);
  });

  it("leaves no connections on a load balancer without keepalived", async () => {
    await on(lab, "lb1", "systemctl stop keepalived");
    // A watch gets a bookmark each minute, and an idle connection is closed after 90 s; `tcp-ut` waits for 30 s.
    await untilEmpty("lb1", 150);
    await on(lab, "lb1", "systemctl start keepalived");
    await untilServedBy("lb1");
  });

  it("moves once when the machine is switched off, and once when it is on again", async () => {
    const since = await now();
    await lab.powerOff("lb1");
    await untilServedBy("lb2");
    await lab.powerOn("lb1");
    const booted = await now();
    await untilServedBy("lb1");
    await untilEmpty("lb2", 6);
    await delay(30_000);
    expect((await moves(since))["lb2"]).toBe(1);
    expect((await moves(booted))["lb2"]).toBe(0);
    const taken = "journalctl -q -b -u keepalived -o cat | grep -c 'Entering MASTER STATE'";
    expect(Number(await on(lab, "lb1", taken))).toBe(1);
  });

  it("stays, and requests go on, while the apiserver of a master hangs, which haproxy leaves within 5 s", async () => {
    const since = await now();
    const down = on(
      lab,
      "lb1",
      `for i in $(seq 200); do ${STATS} | grep -q '^kubernetes-apiservers,master2,.*,DOWN,' && date +%s.%N && exit; sleep 0.1; done; exit 1`,
    );
    try {
      const hung = Number(await on(lab, "master2", "date +%s.%N; pkill -STOP -x kube-apiserver"));
      const took = Number(await down) - hung;
      console.log(`haproxy marked the hung apiserver down after ${took} s`);
      expect(took).toBeLessThanOrEqual(5);
      for (let i = 0; i < 20; i++) {
        const { stdout } = await lab.exec(["curl", "-sk", "--max-time", "2", `https://${VIP}:6443/readyz`]);
        expect(stdout).toBe("ok");
      }
      await untilServedBy("lb1");
    } finally {
      await on(lab, "master2", "pkill -CONT -x kube-apiserver");
    }
    await expectToServe(lab, "10.88.0.12:6443");
    expect(await moves(since)).toEqual({ lb1: 0, lb2: 0 });
  });

  it("serves every connection at the end", async () => {
    await delay(10_000);
    const { open, begun } = await held.stop();
    console.log(`${begun} connections were begun`);
    expect(open).toBe(HELD);
    await kubectl(lab, "wait --for=condition=Ready nodes --all --timeout=240s");
  });
});

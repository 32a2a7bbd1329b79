import { setTimeout as delay } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { Lab } from "../../lab/lab.js";
import { beginAt, type Beginning } from "../beginning.js";
import { expectHighlyAvailable } from "../cluster.js";
import { Clients, type SeenBy } from "../load/clients.js";
import type { Seen } from "../load/seen.js";

const VIP = "10.88.0.100";
const FORMER = "https://10.88.0.11:6443";

/** What a client lost: requests, acknowledged writes, events of its watch. */
interface Losses extends Pick<Seen, "lost" | "unwatched"> {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly expired: number;
}
const NOTHING_LOST: Losses = { reads: [], writes: [], lost: 0, unwatched: [], expired: 0 };

function losses({ reads, writes, lost, unwatched, watch }: Seen): Losses {
  const failed = (of: Seen["reads"]) => of.failed.map(({ at, why }) => `${at} ${why}`);
  return {
    reads: failed(reads),
    writes: failed(writes),
    lost,
    unwatched,
    expired: watch.expired,
  };
}

function expectNothingLost(seen: SeenBy, names: readonly string[]): void {
  expect(Object.keys(seen).toSorted()).toEqual([...names].toSorted());
  for (const [name, one] of Object.entries(seen)) {
    console.log(
      `${name}: ${one.reads.asked} reads, ${one.writes.asked} writes, slowest ${one.reads.slowestMs} and ${one.writes.slowestMs} ms, ${one.watch.begun} watches begun`,
    );
    expect(one.acknowledged).toBeGreaterThan(50);
  }
  expect(Object.fromEntries(Object.entries(seen).map(([name, one]) => [name, losses(one)]))).toEqual(
    Object.fromEntries(names.map((name) => [name, NOTHING_LOST])),
  );
}

/** Readers, writers and watchers, ten requests per second each, from outside and from a pod through the Service. */
describe("clients of the API", () => {
  const lab = new Lab();
  let start: Beginning;
  let clients: Clients;

  beforeEach(async () => {
    start = await beginAt(lab, "default");
    clients = await Clients.start(lab);
    await clients.add("former", FORMER);
  }, 3_600_000);

  /** The VIP may move while keepalived starts; k8s-ha directs no client to it before that step ends. */
  async function addOnceVipIsUp(): Promise<void> {
    const end = Date.now() + 240_000;
    while (!start.program.journal().includes('"type":"step-done","step":"keepalived"')) {
      if (Date.now() > end) throw new Error("the step keepalived did not end");
      await delay(100);
    }
    await clients.add("vip", `https://${VIP}:6443`);
  }

  it("lose nothing in a migration with the defaults", async () => {
    const running = start.program.run("migrate", "--yes");
    await addOnceVipIsUp();
    const { stdout, stderr, exitCode } = await running;
    const seen = await clients.stop();
    expect(`${exitCode} ${stderr}`).toMatch(/^0 /);
    console.log(stdout.slice(stdout.indexOf("done: ")));
    await expectHighlyAvailable(lab, VIP);
    expectNothingLost(seen, ["former", "vip", "service"]);
  });

  it("lose nothing if the run is killed during a join and resumed", async () => {
    const running = start.program.runUntil('"type":"change-started","step":"join"', "migrate", "--yes");
    await addOnceVipIsUp();
    await running;
    const { stderr, exitCode } = await start.program.run("migrate", "--yes", "--resume");
    const seen = await clients.stop();
    expect(`${exitCode} ${stderr}`).toMatch(/^0 /);
    expectNothingLost(seen, ["former", "vip", "service"]);
  });

  it("lose nothing through the old address in a rollback", async () => {
    expect((await start.program.run("migrate", "--yes")).exitCode).toBe(0);
    const { stderr, exitCode } = await start.program.run("rollback", "--yes");
    const { former, service } = await clients.stop();
    expect(`${exitCode} ${stderr}`).toMatch(/^0 /);
    if (!former || !service) throw new Error("a client is missing");
    expectNothingLost({ former }, ["former"]);
    // An apiserver that stops removes its address from the Service just before it exits; kube-proxy follows within a
    // second.
    const { reads, writes, ...rest } = losses(service);
    const times = [...reads, ...writes].map((text) => Date.parse(text.split(" ")[0] ?? ""));
    console.log(`service: ${reads.length} reads and ${writes.length} writes failed`, ...reads, ...writes);
    expect(rest).toEqual({ lost: 0, unwatched: [], expired: 0 });
    for (const text of [...reads, ...writes]) expect(text).toMatch(/ECONNREFUSED|ECONNRESET|socket hang up/);
    const seconds = new Set(times.map((time) => Math.floor(time / 1000)));
    expect(seconds.size).toBeLessThanOrEqual(6);
  });
});

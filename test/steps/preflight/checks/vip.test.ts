import { describe, expect, it } from "vitest";
import { anyAnswer, vip } from "../../../../src/steps/preflight/checks/vip.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { on } from "../../recorded.js";
import { looking, without } from "../looking.js";

const { problemsOf } = on("1.20.2");

/** Whether the address is in use, by the host's neighbor table, query by query. */
async function answers(ping: string, ...states: string[]): Promise<boolean> {
  using sandbox = new Sandbox();
  sandbox.answer("ping", ping);
  sandbox.answer("timeout", "exit 1");
  sandbox.answer("sleep", "");
  sandbox.file("/etc/states", states.map((state) => `lladdr 02:00:00:00:00:01 ${state}\n`).join(""));
  sandbox.answer("ip", 'head -n 1 "$SANDBOX/etc/states"; sed -i 1d "$SANDBOX/etc/states"');
  return await anyAnswer([sandbox.host("lb1")], "10.88.0.100");
}

describe("anyAnswer", () => {
  it.each<[string, string, string[], boolean]>([
    ["an answer to ping", "exit 0", [], true],
    ["an answer only to ARP", "exit 1", ["INCOMPLETE", "REACHABLE"], true],
    ["silence", "exit 1", ["INCOMPLETE", "FAILED"], false],
    ["no entry", "exit 1", [], false],
    [
      "an old entry of an address that is no longer used",
      "exit 1",
      ["STALE", "DELAY", "PROBE", "FAILED"],
      false,
    ],
    ["an old entry of an address in use", "exit 1", ["DELAY", "PROBE", "REACHABLE"], true],
  ])("%s", async (_, ping, states, expected) => {
    expect(await answers(ping, ...states)).toBe(expected);
  });
});

describe("check vip", () => {
  it("accepts a VIP that does not answer", () => {
    expect(problemsOf(vip, "fresh")).toEqual([]);
  });

  it("reports a VIP that is in use", () => {
    expect(problemsOf(vip, "fresh", (facts) => (facts.answers = true))).toEqual([
      {
        severity: "blocker",
        what: "the VIP 10.88.0.100 is already in use: it answers, but none of the load balancers holds it",
        fix: "set a free address in cluster.endpoint, or remove this one from the host that has it",
      },
    ]);
  });

  it.each([
    ["on none of the load balancers", "10.88.0.32", true],
    ["on one of them", "10.88.0.100", false],
  ])("detects an address that answers and is %s", async (_, own, expected) => {
    using others = new Sandbox();
    using lb2 = new Sandbox();
    others.answer("ping", "exit 0");
    lb2.answer("ip", `echo '2: eth0    inet ${own}/24 scope global eth0'`);
    expect(await vip.probe(looking(others, { lb2 }))).toEqual({ answers: expected });
  });

  it("does not use a load balancer that lacks tools", async () => {
    using others = new Sandbox();
    using lb2 = new Sandbox();
    others.answer("ping", "exit 1");
    lb2.answer("ping", "exit 0");
    lb2.answer("ip", "echo 'ip: broken' >&2; exit 1");
    expect(await vip.probe(looking(others, { lb2: without("sysctl", lb2) }))).toEqual({ answers: false });
  });

  it("fails if a load balancer cannot be queried: it may hold the VIP", async () => {
    using others = new Sandbox();
    using lb2 = new Sandbox();
    lb2.answer("ip", "echo 'ip: broken' >&2; exit 1");
    await expect(vip.probe(looking(others, { lb2 }))).rejects.toMatchObject({
      name: "Failure",
      host: "lb2",
      message: expect.stringContaining("ip: broken") as string,
    });
  });
});

import { describe, expect, it } from "vitest";
import { anyAnswer } from "../../../src/steps/preflight/network.js";
import { Sandbox } from "../../machine/sandbox.js";

/** Whether the address is taken, by what the neighbour table of the host says of it, look by look. */
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
    ["an answer to ARP alone", "exit 1", ["INCOMPLETE", "REACHABLE"], true],
    ["silence", "exit 1", ["INCOMPLETE", "FAILED"], false],
    ["no entry", "exit 1", [], false],
    ["an old entry of an address that was given up", "exit 1", ["STALE", "DELAY", "PROBE", "FAILED"], false],
    ["an old entry of an address in use", "exit 1", ["DELAY", "PROBE", "REACHABLE"], true],
  ])("%s", async (_, ping, states, expected) => {
    expect(await answers(ping, ...states)).toBe(expected);
  });
});

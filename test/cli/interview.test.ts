import { PassThrough } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { choose } from "../../src/cli/interview.js";
import { UsageError } from "../../src/cli/usage.js";
import { found, machine } from "../init/example.js";

afterEach(() => {
  vi.restoreAllMocks();
});

const given = {
  vip: undefined,
  ssh: {},
  lookups: {
    where: "master1",
    addressOf: () => Promise.resolve(undefined),
    namesOf: () => Promise.resolve([]),
  },
};
const JOIN = { join: ["master2=10.88.0.12", "master3=10.88.0.13"] };

/** A terminal on which these lines are entered, one after each question. */
function enter(...lines: readonly string[]): PassThrough {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const shown = Object.assign(new PassThrough(), { isTTY: true });
  vi.spyOn(process, "stdin", "get").mockReturnValue(input as unknown as typeof process.stdin);
  vi.spyOn(process, "stderr", "get").mockReturnValue(shown as unknown as typeof process.stderr);
  void (async () => {
    for (const line of lines) {
      await delay(50);
      input.write(`${line}\n`);
    }
  })();
  return shown;
}

describe("the choices for a new inventory", () => {
  it("without a terminal need --vip, and the error proposes a free address", async () => {
    vi.spyOn(process, "stdin", "get").mockReturnValue(new PassThrough() as unknown as typeof process.stdin);
    const error: unknown = await choose(found, JOIN, given).catch((one: unknown) => one);
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({
      message:
        "the VIP, a free address for the API, must be chosen; 10.88.0.250 seems to be free: no node has it, and nothing answers at it",
      hint: "pass --vip 10.88.0.250, if whoever runs the network agrees",
    });
    expect(await choose(found, JOIN, { ...given, vip: { address: "10.88.0.100" } })).toEqual({
      join: [machine("master2", "10.88.0.12"), machine("master3", "10.88.0.13")],
      vip: { address: "10.88.0.100" },
      ssh: {},
    });
  });

  it("do not propose an address of a machine that is named", async () => {
    vi.spyOn(process, "stdin", "get").mockReturnValue(new PassThrough() as unknown as typeof process.stdin);
    const options = { join: ["master2=10.88.0.250", "master3=10.88.0.13"] };
    await expect(choose(found, options, given)).rejects.toThrow("10.88.0.249 seems to be free");
  });

  it("on a terminal are asked for, again if an answer is wrong; Enter takes what is offered", async () => {
    const shown = enter("master2", JOIN.join.join(" "), "", "");
    expect(await choose(found, {}, given)).toEqual({
      join: [machine("master2", "10.88.0.12"), machine("master3", "10.88.0.13")],
      vip: { address: "10.88.0.250" },
      ssh: {},
    });
    const text = String(shown.read());
    expect(text).toContain(
      "master2 does not resolve on master1 (write it with its address: master2=ADDRESS)",
    );
    expect(text).toContain("Enter: the masters");
    expect(text).toContain("Enter: 10.88.0.250, which seems to be free");
  });

  it("need no VIP where another load balancer serves the endpoint already", async () => {
    vi.spyOn(process, "stdin", "get").mockReturnValue(new PassThrough() as unknown as typeof process.stdin);
    const endpoint = { host: "10.99.0.1", port: 443, addresses: ["10.99.0.1"], isInHostsFile: false };
    expect(await choose({ ...found, endpoint }, JOIN, given)).not.toHaveProperty("vip");
  });
});

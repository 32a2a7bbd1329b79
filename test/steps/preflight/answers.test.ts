import { describe, expect, it } from "vitest";
import { Failure } from "../../../src/failure.js";
import { query } from "../../../src/machine/query.js";
import { sh } from "../../../src/shell/shell.js";
import { askEach, askEquipped, equipped } from "../../../src/steps/preflight/answers.js";
import { Sandbox } from "../../machine/sandbox.js";
import { looking, unreachable, without } from "./looking.js";

const word = query(sh`cat /etc/word`, (out) => out.trim());

/** A machine with all tools and this answer. */
function saying(text: string): Sandbox {
  const sandbox = new Sandbox();
  sandbox.answer("kubelet", "");
  sandbox.file("/etc/word", text);
  return sandbox;
}

describe("askEach", () => {
  it("returns the answers by host, and a blocker for each host that could not be queried", async () => {
    using sandbox = saying("yes");
    using empty = new Sandbox();
    const fleet = looking(sandbox, { lb1: empty, lb2: unreachable("lb2") });
    const { found, failures } = await askEach(fleet.hosts("loadBalancers", "workers"), (host) =>
      host.ask(word),
    );
    expect(found).toEqual(new Map([["worker1", "yes"]]));
    expect(failures).toEqual([
      {
        severity: "blocker",
        host: "lb1",
        what: expect.stringContaining("No such file") as string,
        fix: "fix this, then run the same command again",
      },
      {
        severity: "blocker",
        host: "lb2",
        what: "the connection broke",
        fix: "fix this, then run the same command again",
      },
    ]);
  });

  it("reports an answer that cannot be parsed, with the hint of the error", async () => {
    using sandbox = saying("yes");
    const { found, failures } = await askEach(looking(sandbox).hosts("workers"), () =>
      Promise.reject(new Failure("no number", { host: "worker1", hint: "write one" })),
    );
    expect(found.size).toBe(0);
    expect(failures).toEqual([{ severity: "blocker", host: "worker1", what: "no number", fix: "write one" }]);
  });

  it("throws an error that is a bug", async () => {
    using sandbox = saying("yes");
    const buggy = askEach(looking(sandbox).hosts(), () => Promise.reject(new TypeError("a bug")));
    await expect(buggy).rejects.toThrow(new TypeError("a bug"));
  });
});

describe("askEquipped", () => {
  it("omits the answers and failures of hosts that lack tools", async () => {
    using sandbox = saying("yes");
    using empty = new Sandbox();
    const fleet = looking(sandbox, {
      master1: without("awk", sandbox),
      lb1: without("ss", empty),
      lb2: empty,
    });
    const { found, failures } = await askEquipped(fleet, fleet.hosts(), (host) => host.ask(word));
    expect([...found.keys()]).toEqual(["master2", "master3", "worker1"]);
    expect(failures).toMatchObject([{ host: "lb2" }]);
  });

  it("queries the available tools in the same round trip", async () => {
    using sandbox = saying("yes");
    const fleet = looking(sandbox);
    await askEquipped(fleet, fleet.hosts("workers"), (host) => host.ask(word));
    // One for each host: all hosts are one sandbox.
    expect(sandbox.scripts).toHaveLength(6);
    expect(sandbox.scripts.filter((text) => text.includes("/etc/word"))).toHaveLength(1);
  });

  it("omits a failure on another host only if that lacks tools, and reports one that names no host", async () => {
    using sandbox = saying("yes");
    const fleet = looking(sandbox, { lb1: without("ss", sandbox) });
    const failing = async (host?: string) => {
      const error = new Failure("no", host === undefined ? {} : { host });
      return (await askEquipped(fleet, fleet.hosts("workers"), () => Promise.reject(error))).failures;
    };
    expect(await failing("lb1")).toEqual([]);
    expect(await failing("lb2")).toMatchObject([{ host: "lb2", what: "no" }]);
    expect(await failing()).toMatchObject([{ what: "no" }]);
  });
});

describe("equipped", () => {
  it("has the hosts that lack no tools, and those whose tools cannot be queried", async () => {
    using sandbox = saying("yes");
    const fleet = looking(sandbox, { lb1: without("ss", sandbox), lb2: unreachable("lb2") });
    const names = (await equipped(fleet, fleet.hosts("loadBalancers", "workers"))).map(({ name }) => name);
    expect(names).toEqual(["lb2", "worker1"]);
  });
});

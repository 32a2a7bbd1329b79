import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GapCounter, probeAvailability } from "../../src/migration/availability.js";
import { Sandbox } from "../machine/sandbox.js";

function counted(...answers: [number, boolean][]) {
  const gaps = new GapCounter();
  for (const [at, answered] of answers) gaps.add(at, answered);
  return gaps.result();
}

/** How many probes failed before the first success; all if there is none. */
function firstAnswer(steps: [number, boolean][]): number {
  const first = steps.findIndex(([, answered]) => answered);
  return first === -1 ? steps.length : first;
}

describe("GapCounter", () => {
  it("measures from the last success before a failure to the first one after it", () => {
    expect(counted([0, true], [250, true], [500, false], [1500, false], [2000, true], [2250, true])).toEqual({
      asked: 6,
      failed: 2,
      longestGapMs: 1750,
    });
  });

  it("takes the longest of several gaps", () => {
    expect(
      counted([0, true], [100, false], [200, true], [1000, false], [1900, true], [2000, false], [2100, true]),
    ).toEqual({
      asked: 7,
      failed: 3,
      longestGapMs: 1700,
    });
  });

  it("does not count an outage of an address that was never available", () => {
    expect(counted([0, false], [250, false], [500, true])).toEqual({ asked: 1, failed: 0, longestGapMs: 0 });
    expect(counted([0, false], [250, false])).toEqual({ asked: 0, failed: 0, longestGapMs: 0 });
  });

  it("counts a gap that is open at the end", () => {
    expect(counted([0, true], [300, false], [900, false])).toEqual({
      asked: 3,
      failed: 2,
      longestGapMs: 900,
    });
  });

  it("reports no gap without a failure", () => {
    expect(counted([0, true], [60_000, true])).toEqual({ asked: 2, failed: 0, longestGapMs: 0 });
    expect(counted()).toEqual({ asked: 0, failed: 0, longestGapMs: 0 });
  });

  it("never reports more than the elapsed time, nor a gap without failures", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1000), fc.boolean())), (steps) => {
        let at = 0;
        const answers = steps.map(([ms, answered]): [number, boolean] => [(at += ms), answered]);
        const { asked, failed, longestGapMs } = counted(...answers);
        expect(asked).toBe(steps.length - firstAnswer(steps));
        expect(longestGapMs).toBeLessThanOrEqual(at);
        if (failed === 0) expect(longestGapMs).toBe(0);
      }),
    );
  });
});

describe("probeAvailability", () => {
  it("probes each address from a worker until it is stopped, and returns the result", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("curl", 'case "$*" in *10.88.0.100*) printf 503 ;; *) printf 200 ;; esac');
    const probe = await probeAvailability(
      sandbox.fleet(),
      ["https://10.88.0.11:6443", "https://10.88.0.100:6443"],
      { writes: false },
    );
    while (sandbox.calls("curl").length < 6) await new Promise((resolve) => setTimeout(resolve, 50));
    const [direct, vip] = await probe.stop();
    expect(direct).toMatchObject({
      url: "https://10.88.0.11:6443",
      from: "worker1",
      failed: 0,
      longestGapMs: 0,
    });
    expect(direct?.asked).toBeGreaterThanOrEqual(2);
    expect(vip).toMatchObject({ url: "https://10.88.0.100:6443", asked: 0, failed: 0, endedEarly: false });
    expect(sandbox.calls("curl")[0]?.at(-1)).toMatch(/^https:\/\/10\.88\.0\.1(1|00):6443\/readyz$/);
  });

  it("writes through each address from the first master with admin.conf, and removes what it wrote", async () => {
    using sandbox = new Sandbox();
    sandbox.web.login();
    sandbox.answer(
      "curl",
      'case "$*" in *PATCH*10.88.0.100*) printf 500 ;; *PATCH*) printf 200 ;; *readyz*) printf 503 ;; esac',
    );
    const urls = ["https://10.88.0.11:6443", "https://10.88.0.100:6443"];
    const probe = await probeAvailability(sandbox.fleet(), urls, { writes: true });
    const written = () => sandbox.calls("curl").filter((call) => call.includes("PATCH"));
    while (written().length < 6) await new Promise((resolve) => setTimeout(resolve, 50));
    const seen = await probe.stop();
    expect(seen.map(({ url, requests }) => `${requests} ${url}`)).toEqual(
      urls.flatMap((url) => [`reads ${url}`, `writes ${url}`]),
    );
    expect(seen[1]).toMatchObject({ from: "master1", failed: 0, endedEarly: false });
    expect(seen[1]?.asked).toBeGreaterThanOrEqual(2);
    expect(seen[3]).toMatchObject({ from: "master1", asked: 0 });
    const object = "/api/v1/namespaces/kube-system/configmaps/k8s-ha-availability";
    expect(new Set(written().map((call) => call.at(-1)))).toEqual(new Set(urls.map((url) => url + object)));
    const last = sandbox.calls("curl").at(-1);
    expect(last).toContain("DELETE");
    expect(last?.at(-1)).toBe(`${urls[0] ?? ""}${object}`);
  });

  it("removes the ConfigMap of a killed run, even without writes of its own", async () => {
    using sandbox = new Sandbox();
    sandbox.web.login();
    sandbox.answer("curl", "printf 200");
    await (await probeAvailability(sandbox.fleet(), [], { writes: false })).stop();
    expect(sandbox.calls("curl").filter((call) => call.includes("DELETE"))).toHaveLength(1);
  });
});

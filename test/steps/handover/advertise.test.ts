import { describe, expect, it } from "vitest";
import { advertise } from "../../../src/steps/handover/advertise.js";
import { named, NOTHING, planOf } from "../recorded.js";

const VIP = "10.88.0.100";
const flag = (host: string, before: string, after: string) => ({
  kind: "static-pod-flag",
  host,
  flag: "advertise-address",
  before,
  after,
});

describe("advertise", () => {
  it("changes only the first master: the others join with the flag", () => {
    expect(planOf(advertise, "fresh")).toEqual({
      changes: [flag("master1", "10.88.0.11", VIP)],
      problems: [],
    });
    expect(advertise.rollout).toBe("one-by-one");
  });

  it("changes no apiservers that advertise the endpoint", () => {
    expect(planOf(advertise, "endpoint")).toEqual(NOTHING);
  });

  it("with `node`: plans nothing on a fresh cluster", () => {
    expect(planOf(advertise, "fresh", undefined, { cluster: { advertise: "node" } })).toEqual(NOTHING);
  });

  it("with `node`: each apiserver of a migrated cluster advertises its own address again", () => {
    const { changes } = planOf(advertise, "endpoint", undefined, { cluster: { advertise: "node" } });
    expect(changes).toHaveLength(3);
    expect(changes).toEqual(
      expect.arrayContaining([
        flag("master1", VIP, "10.88.0.11"),
        flag("master2", VIP, "10.88.0.12"),
        flag("master3", VIP, "10.88.0.13"),
      ]),
    );
  });

  it("fixes the one apiserver that an upgrade rewrote", () => {
    const { changes } = planOf(advertise, "endpoint", ({ hosts }) => {
      named(hosts, "master2").advertised = "10.88.0.12";
    });
    expect(changes).toEqual([flag("master2", "10.88.0.12", VIP)]);
  });
});

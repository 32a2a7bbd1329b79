import { describe, expect, it } from "vitest";
import { codename, OLDEST, pinned, pinnedFor, release } from "../lab/versions.js";

describe("release", () => {
  it("is the newest Kubernetes on Debian 13 by default", () => {
    expect(release({}, {})).toEqual({ kubernetes: pinned("kubernetes")[0], debian: "13" });
  });

  it("is the requested one, then the one that the scenario requires", () => {
    const scenario = { kubernetes: "1.36.3", debian: "12" } as const;
    expect(release({}, scenario)).toEqual(scenario);
    expect(release({ kubernetes: "1.33.13", debian: "13" }, scenario)).toEqual({
      kubernetes: "1.33.13",
      debian: "13",
    });
  });

  it("has Debian 12 for the oldest Kubernetes", () => {
    expect(codename(release({ kubernetes: OLDEST }, {}))).toBe("bookworm");
  });

  it("rejects what cannot be built, and lists what can", () => {
    expect(() => release({ kubernetes: "1.29.6" }, {})).toThrow(
      /cannot build Kubernetes 1.29.6. Known: 1.37.2, .*1.20.2/,
    );
    expect(() => release({ debian: "11" }, {})).toThrow("no Debian 11. Known: 12, 13");
  });
});

describe("pinnedFor", () => {
  it("is the version itself, or the newest pinned one of its minor", () => {
    expect(pinnedFor("etcd", "3.6.8")).toBe("3.6.8");
    expect(pinnedFor("etcd", "3.5.24")).toBe("3.5.35");
    expect(() => pinnedFor("etcd", "3.4.13")).toThrow("no etcd 3.4.13");
  });
});

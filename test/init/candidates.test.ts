import { describe, expect, it } from "vitest";
import { candidates } from "../../src/init/candidates.js";

describe("candidates", () => {
  it.each([
    ["10.88.0.11", 24, ["10.88.0.250", "10.88.0.249"]],
    ["10.88.0.250", 24, ["10.88.0.249", "10.88.0.248"]],
    ["172.16.5.9", 16, ["172.16.5.250", "172.16.5.249"]],
    ["192.168.1.18", 28, ["192.168.1.30", "192.168.1.29"]],
    ["192.168.1.5", 30, ["192.168.1.6"]],
    ["192.168.1.5", 31, []],
    ["203.0.113.7", 32, []],
    ["fd00:88::11", 64, ["fd00:88::fa", "fd00:88::f9"]],
    ["fd00:88::1:2:11", 64, ["fd00:88::1:2:fa", "fd00:88::1:2:f9"]],
    ["fd00:88::11", 128, []],
  ])("of %s/%d start with %j", (address, prefixLength, first) => {
    expect(candidates(address, prefixLength).slice(0, 2)).toEqual(first);
  });
});

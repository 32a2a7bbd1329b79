import { isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  asNetwork,
  canonical,
  familyOf,
  hostOf,
  hostPort,
  httpsUrl,
  ipFamily,
  splitHostPort,
} from "../src/address.js";

const group = fc.integer({ min: 0, max: 0xff_ff });
const groups = fc.array(fc.oneof(fc.constant(0), group), { minLength: 8, maxLength: 8 });
const inFull = (all: readonly number[]) => all.map((one) => one.toString(16)).join(":");
/** The format in which openssl and X509Certificate print an address of a certificate. */
const asOpenssl = (all: readonly number[]) => inFull(all).toUpperCase();
const withZeros = (all: readonly number[]) => all.map((one) => one.toString(16).padStart(4, "0")).join(":");
const name = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,30}[a-z0-9])?$/).filter((text) => !isIPv6(text));
const host = fc.oneof(fc.ipV4(), name, groups.map(inFull).map(canonical));
const port = fc.integer({ min: 1, max: 65_535 });

describe("canonical", () => {
  it.each([
    ["FD00:88:0:0:0:0:0:100", "fd00:88::100"],
    ["fd00:0088::0100", "fd00:88::100"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["10.88.0.100", "10.88.0.100"],
    ["api.example.org", "api.example.org"],
    ["*.example.org", "*.example.org"],
    ["fd00::1%eth0", "fd00::1%eth0"],
  ])("of %s is %s", (text, expected) => {
    expect(canonical(text)).toBe(expected);
  });

  it("is one text for all spellings of an address, and another one for another address", () => {
    fc.assert(
      fc.property(groups, groups, (all, others) => {
        const one = canonical(inFull(all));
        expect(isIPv6(one)).toBe(true);
        expect([canonical(one), canonical(asOpenssl(all)), canonical(withZeros(all))]).toEqual([
          one,
          one,
          one,
        ]);
        expect(canonical(asOpenssl(others)) === one).toBe(inFull(others) === inFull(all));
      }),
    );
  });
});

describe("hostPort", () => {
  it.each([
    ["10.88.0.100", "10.88.0.100:6443"],
    ["api.example.org", "api.example.org:6443"],
    ["fd00:88::100", "[fd00:88::100]:6443"],
  ])("of %s is %s", (text, expected) => {
    expect(hostPort(text, 6443)).toBe(expected);
    expect(httpsUrl(text, 6443)).toBe(`https://${expected}`);
  });

  it("is split into the parts it was made of, and a URL has the same host", () => {
    fc.assert(
      fc.property(host, port, (text, number) => {
        expect(splitHostPort(hostPort(text, number))).toEqual({ host: text, port: number });
        if (familyOf(text) !== undefined) expect(hostOf(`${httpsUrl(text, number)}/readyz`)).toBe(text);
      }),
    );
  });
});

describe("splitHostPort", () => {
  it.each([
    ["api.example.org", "api.example.org", undefined],
    ["10.88.0.11", "10.88.0.11", undefined],
    ["fd00:88::11", "fd00:88::11", undefined],
    ["[fd00:88::11]", "fd00:88::11", undefined],
    ["[FD00:88:0::11]:443", "FD00:88:0::11", 443],
    ["api:port", "api:port", undefined],
    ["", "", undefined],
  ])("of %j is %j and %s", (text, expected, number) => {
    expect(splitHostPort(text)).toEqual({ host: expected, port: number });
  });
});

describe("an address for `ip`", () => {
  it("has its family's option and length", () => {
    expect([ipFamily("10.88.0.100"), asNetwork("10.88.0.100")]).toEqual(["-4", "10.88.0.100/32"]);
    expect([ipFamily("fd00:88::100"), asNetwork("fd00:88::100")]).toEqual(["-6", "fd00:88::100/128"]);
  });
});

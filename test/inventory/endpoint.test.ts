import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonical, familyOf } from "../../src/address.js";
import type { Endpoint } from "../../src/inventory/endpoint.js";
import { parseInventory } from "../../src/inventory/load.js";
import { external, minimal, six } from "./minimal.js";
import { problems } from "./problems.js";

const FOUR = "192.168.1.100:6443";
const SIX = "'[fd00:88::100]:6443'";

function endpointIn(text: string): Endpoint {
  return parseInventory(text, "inventory.yaml").inventory.cluster.endpoint;
}

describe("the endpoint of an inventory", () => {
  it("is an IPv4 address, which is the VIP", () => {
    expect(endpointIn(minimal)).toEqual({
      host: "192.168.1.100",
      family: "ipv4",
      address: "192.168.1.100",
      port: 6443,
      text: "192.168.1.100:6443",
      url: "https://192.168.1.100:6443",
    });
  });

  it("is an IPv6 address in any spelling, in canonical form", () => {
    expect(endpointIn(six.replace(SIX, "'[FD00:0088::0100]:8443'"))).toEqual({
      host: "fd00:88::100",
      family: "ipv6",
      address: "fd00:88::100",
      port: 8443,
      text: "[fd00:88::100]:8443",
      url: "https://[fd00:88::100]:8443",
    });
  });

  it("is a name with a VIP", () => {
    expect(endpointIn(minimal.replace(FOUR, "api.example.org:6443\n  vip: 192.168.1.100"))).toEqual({
      host: "api.example.org",
      family: undefined,
      address: "192.168.1.100",
      port: 6443,
      text: "api.example.org:6443",
      url: "https://api.example.org:6443",
    });
  });

  it("is a name without a VIP, for an external load balancer", () => {
    expect(endpointIn(external.replace(FOUR, "api.example.org:443"))).toEqual({
      host: "api.example.org",
      family: undefined,
      address: "api.example.org",
      port: 443,
      text: "api.example.org:443",
      url: "https://api.example.org:443",
    });
  });

  it("consists of the parts of its text, and its own text is parsed to the same", () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xff_ff }));
    const four = fc.tuple(octet, octet, octet).map((all) => ["10", ...all].join("."));
    const inFull = fc
      .array(group, { minLength: 6, maxLength: 6 })
      .map((all) => ["FD00", "99", ...all.map((one) => one.toString(16).toUpperCase())].join(":"));
    const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,20}[a-z0-9])?\.example$/);
    const port = fc.integer({ min: 1, max: 65_535 });
    fc.assert(
      fc.property(fc.oneof(four, inFull, name), port, (host, number) => {
        const own = canonical(host);
        const family = familyOf(own);
        const read = (text: string) =>
          family === "ipv6"
            ? endpointIn(six.replace(SIX, `'${text}'`))
            : endpointIn(external.replace(FOUR, text));
        const endpoint = read(family === "ipv6" ? `[${host}]:${number}` : `${host}:${number}`);
        expect(endpoint).toMatchObject({ host: own, family, address: own, port: number });
        expect(endpoint.url).toBe(`https://${endpoint.text}`);
        expect(read(endpoint.text)).toEqual(endpoint);
      }),
    );
  });

  it.each([
    "192.168.1.100",
    "api.example.org",
    '"[fd00:88::100]"',
    '"[fd00:88::100]:"',
    '":6443"',
    "10.0.0.1:0",
    "10.0.0.1:65536",
    "10.0.0.1:06443",
    '"[fd00:88::100]:06443"',
    "10.0.0.1:1:2",
    "1.2.3.4.5:6443",
    "10.0.0.256:6443",
    "127.0.0.1:6443",
    "0.0.0.0:6443",
    "224.0.0.18:6443",
    '"[192.168.1.100]:6443"',
    "fd00:88::100:6443",
    '"[fd00:88::100%eth0]:6443"',
    '"[fe80::100]:6443"',
    '"[::1]:6443"',
    '"[ff02::12]:6443"',
    '"[::ffff:10.0.0.1]:6443"',
    "Vip.example:6443",
    "vip..example:6443",
    "https://api.example.org:6443",
  ])("is not %s", (text) => {
    expect(problems(minimal.replace(FOUR, text))).toEqual([
      "inventory.yaml:2:13: cluster.endpoint: expected ADDRESS:PORT such as 192.168.1.100:6443 or [fd00:88::100]:6443, or NAME:PORT such as api.example.org:6443: an IP address (an IPv6 one in brackets) or a DNS name in lower case, a port from 1 to 65535",
    ]);
  });

  it.each([
    ["6443", "expected a string, not 6443 (put it in quotes)"],
    ["", "has no value; set one or remove the key"],
    ["{ host: 10.0.0.1 }", "expected a string, not a mapping"],
  ])("is not of another type: %j", (text, message) => {
    expect(problems(minimal.replace(FOUR, text))).toEqual([
      expect.stringContaining(`cluster.endpoint: ${message}`),
    ]);
  });
});

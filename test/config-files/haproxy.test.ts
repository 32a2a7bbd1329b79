import { describe, expect, it } from "vitest";
import { haproxyConfig, type HaproxyOptions } from "../../src/config-files/haproxy.js";

const options: HaproxyOptions = {
  vip: "192.168.1.100",
  port: 6443,
  masters: [
    { name: "master-1", address: "192.168.1.11", port: 6443 },
    { name: "master-2", address: "192.168.1.12", port: 6443 },
  ],
  stats: { port: 8404 },
  timeouts: { connect: "5s", client: "90m", server: "1h" },
  maxconn: 4000,
};

function lines(text: string, start: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.startsWith(start));
}

describe("haproxy.cfg", () => {
  it("says first that it is managed", () => {
    expect(haproxyConfig(options).split("\n")[0]).toMatch(/^# Managed by k8s-ha/);
  });

  it("listens on the VIP and on loopback, and forwards to every master", () => {
    const text = haproxyConfig(options);
    expect(lines(text, "bind ")).toEqual(["bind 192.168.1.100:6443", "bind 127.0.0.1:6443", "bind *:8404"]);
    expect(lines(text, "server ")).toEqual([
      "server master-1 192.168.1.11:6443",
      "server master-2 192.168.1.12:6443",
    ]);
  });

  it("answers on the advertised port as well when it is another", () => {
    const text = haproxyConfig({ ...options, port: 8443, advertisedPort: 6443, stats: false });
    expect(lines(text, "bind ")).toEqual([
      "bind 192.168.1.100:8443",
      "bind 192.168.1.100:6443",
      "bind 127.0.0.1:8443",
    ]);
    expect(lines(haproxyConfig({ ...options, advertisedPort: 6443 }), "bind 192")).toHaveLength(1);
  });

  it("gives tunnels the longer of the two idle times", () => {
    expect(lines(haproxyConfig(options), "timeout tunnel")).toEqual(["timeout tunnel 90m"]);
  });

  it("has no statistics page unless it is wanted", () => {
    expect(haproxyConfig({ ...options, stats: false })).not.toContain("listen stats");
  });
});

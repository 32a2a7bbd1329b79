import { describe, expect, it } from "vitest";
import { haproxyConfig, type HaproxyOptions } from "../../src/config-files/haproxy.js";
import { parseStatsPassword, withoutPasswords } from "../../src/config-files/haproxy-passwords.js";
import { Secret } from "../../src/shell/secret.js";
import { haproxyOptions } from "./haproxy-options.js";

const options: HaproxyOptions = {
  ...haproxyOptions,
  vip: "192.168.1.100",
  masters: [
    { name: "master-1", address: "192.168.1.11", port: 6443 },
    { name: "master-2", address: "192.168.1.12", port: 6443 },
  ],
  timeouts: { connect: "5s", client: "90m", server: "1h" },
};

const text = (given: HaproxyOptions): string => haproxyConfig(given).shown();

function lines(text: string, start: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.startsWith(start));
}

describe("haproxy.cfg", () => {
  it("starts with the managed mark", () => {
    expect(text(options).split("\n")[0]).toMatch(/^# Managed by k8s-ha/);
  });

  it("listens on the VIP and on loopback, and forwards to every master", () => {
    const written = text(options);
    expect(lines(written, "bind ")).toEqual([
      "bind 192.168.1.100:6443",
      "bind 127.0.0.1:6443",
      "bind *:8404",
    ]);
    expect(lines(written, "server ")).toEqual([
      "server master-1 192.168.1.11:6443",
      "server master-2 192.168.1.12:6443",
    ]);
  });

  it("has IPv6 addresses in brackets, and its pages on all addresses of both families", () => {
    const masters = [{ name: "master-1", address: "fd00:88::11", port: 6443 }];
    const monitor = { port: 8405, uri: "/healthz" };
    const written = text({ ...options, vip: "fd00:88::100", masters, monitor });
    expect(lines(written, "bind ")).toEqual([
      "bind [fd00:88::100]:6443",
      "bind 127.0.0.1:6443",
      "bind [::]:8404 v4v6",
      "bind [::]:8405 v4v6",
    ]);
    expect(lines(written, "server ")).toEqual(["server master-1 [fd00:88::11]:6443"]);
  });

  it("also listens on the advertised port if it is different", () => {
    const written = text({ ...options, port: 8443, advertisedPort: 6443, stats: false });
    expect(lines(written, "bind ")).toEqual([
      "bind 192.168.1.100:8443",
      "bind 192.168.1.100:6443",
      "bind 127.0.0.1:8443",
    ]);
    expect(lines(text({ ...options, advertisedPort: 6443 }), "bind 192")).toHaveLength(1);
  });

  it("uses the longer of the two timeouts for tunnels", () => {
    expect(lines(text(options), "timeout tunnel")).toEqual(["timeout tunnel 90m"]);
  });

  it("has no statistics page unless enabled", () => {
    expect(text({ ...options, stats: false })).not.toContain("listen stats");
  });

  it("requires a password on the statistics page, which is masked and may contain any character", () => {
    const withUser = { ...options, stats: { port: 8404, user: "admin" } };
    const config = haproxyConfig(withUser, new Secret("it's #1 $x"));
    expect(lines(config.shown(), "stats auth")).toEqual(["stats auth admin:[secret]"]);
    const [line] = lines(config.secretText().reveal(), "stats auth");
    expect(line).toBe(String.raw`stats auth admin:'it'\''s #1 $x'`);
    expect(withoutPasswords(config.secretText().reveal())).toBe(config.shown());
    expect(parseStatsPassword(config.secretText().reveal())?.reveal()).toBe("it's #1 $x");
  });

  it("has a health page: on the statistics page's port, or on its own port", () => {
    expect(lines(text(options), "monitor")).toEqual([]);
    const monitor = ["monitor-uri /healthz", "monitor fail if { nbsrv(kubernetes-apiservers) lt 1 }"];
    const shared = text({ ...options, monitor: { port: 8404, uri: "/healthz" } });
    expect(lines(shared, "monitor")).toEqual(monitor);
    expect(lines(shared, "bind *")).toEqual(["bind *:8404"]);
    const own = text({ ...options, monitor: { port: 8405, uri: "/healthz" } });
    expect(lines(own, "monitor")).toEqual(monitor);
    expect(lines(own, "bind *")).toEqual(["bind *:8404", "bind *:8405"]);
    const alone = text({ ...options, stats: false, monitor: { port: 8404, uri: "/healthz" } });
    expect(lines(alone, "bind *")).toEqual(["bind *:8404"]);
  });

  it("uses the configured check and server options", () => {
    expect(lines(text(options), "default-server")).toEqual([
      "default-server check check-ssl verify none inter 1s downinter 500ms fall 3 rise 1 on-marked-down shutdown-sessions",
    ]);
    const servers = { inter: "10s", downinter: "5s", fall: 2, rise: 2, slowstart: "60s", maxconn: 250 };
    expect(lines(text({ ...options, servers }), "default-server")).toEqual([
      "default-server check check-ssl verify none inter 10s downinter 5s fall 2 rise 2 slowstart 60s maxconn 250 on-marked-down shutdown-sessions",
    ]);
  });
});

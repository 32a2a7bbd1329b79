import { describe, expect, it } from "vitest";
import { durationMs } from "../../src/config-source/duration.js";
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

/** The lines of one section, such as `backend kubernetes-apiservers`. */
function section(text: string, head: string): string {
  return text.split("\n\n").find((part) => part.split("\n").includes(head)) ?? "";
}

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
      "bind 192.168.1.100:6443 tcp-ut 30s",
      "bind 127.0.0.1:6443",
      "bind *:8404",
    ]);
    expect(lines(section(written, "backend kubernetes-apiservers"), "server ")).toEqual([
      "server master-1 192.168.1.11:6443",
      "server master-2 192.168.1.12:6443",
    ]);
  });

  it("has IPv6 addresses in brackets, and its pages on all addresses of both families", () => {
    const masters = [{ name: "master-1", address: "fd00:88::11", port: 6443 }];
    const monitor = { port: 8405, uri: "/healthz" };
    const written = text({ ...options, vip: "fd00:88::100", masters, monitor });
    expect(lines(written, "bind ")).toEqual([
      "bind [fd00:88::100]:6443 tcp-ut 30s",
      "bind 127.0.0.1:6443",
      "bind [::]:8404 v4v6",
      "bind [::]:8405 v4v6",
    ]);
    expect(lines(written, "server ")).toEqual([
      "server master-1 [fd00:88::11]:6443",
      "server master-1 [fd00:88::11]:6443 track kubernetes-apiservers/master-1 on-marked-down shutdown-sessions",
    ]);
  });

  it("lets keepalived's check wait neither for the clients nor for a server's connections", () => {
    const servers = { ...options.servers, maxconn: 5 };
    const written = text({ ...options, maxconn: 500, servers });
    const clients = section(written, "frontend kubernetes-api");
    expect(lines(clients, "bind")).toEqual(["bind 192.168.1.100:6443 tcp-ut 30s"]);
    expect(lines(clients, "maxconn")).toEqual(["maxconn 500"]);
    const local = section(written, "frontend kubernetes-api-local");
    expect(lines(local, "bind")).toEqual(["bind 127.0.0.1:6443"]);
    expect(lines(local, "maxconn")).toEqual(["maxconn 100"]);
    expect(lines(local, "default_backend")).toEqual(["default_backend kubernetes-apiservers-local"]);
    const backend = section(written, "backend kubernetes-apiservers-local");
    expect(backend).not.toMatch(/maxconn|option httpchk/);
    expect(lines(backend, "server ")).toEqual(
      ["1", "2"].map(
        (n) =>
          `server master-${n} 192.168.1.1${n}:6443 track kubernetes-apiservers/master-${n} on-marked-down shutdown-sessions`,
      ),
    );
  });

  it.each([
    ["the statistics page", {}],
    ["a health page on its own port", { monitor: { port: 8405, uri: "/healthz" } }],
    ["no page", { stats: false }],
  ] as const)("accepts the maximum of each frontend at the same time, with %s", (_, changed) => {
    const written = text({ ...options, maxconn: 500, ...changed });
    const [total = 0, ...each] = lines(written, "maxconn ").map((line) => Number(line.split(" ")[1]));
    expect(total).toBeGreaterThanOrEqual(each.reduce((sum, own) => sum + own, 0));
  });

  it("marks a hung apiserver or a master that is off down within 5 s with the defaults", () => {
    const [server = ""] = lines(text(options), "default-server");
    const ms = (name: string) => durationMs(new RegExp(` ${name} (\\S+)`).exec(server)?.[1] ?? "");
    const fall = Number(/ fall (\d+)/.exec(server)?.[1]);
    const check = durationMs(lines(text(options), "timeout check")[0]?.split(" ")[2] ?? "");
    // A check fails after `inter` without a TLS handshake, and after `timeout check` without an answer.
    const again = (fall - 1) * (ms("fastinter") + ms("inter"));
    expect(2 * ms("inter") + again).toBeLessThan(5000);
    expect(check + again).toBeLessThan(5000);
  });

  it("also listens on the advertised port if it is different", () => {
    const written = text({ ...options, port: 8443, advertisedPort: 6443, stats: false });
    expect(lines(written, "bind ")).toEqual([
      "bind 192.168.1.100:8443 tcp-ut 30s",
      "bind 192.168.1.100:6443 tcp-ut 30s",
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
      "default-server check check-ssl verify none inter 1s fastinter 200ms downinter 500ms fall 3 rise 1 on-marked-down shutdown-sessions",
    ]);
    const servers = { inter: "10s", downinter: "5s", fall: 2, rise: 2, slowstart: "60s", maxconn: 250 };
    expect(lines(text({ ...options, servers }), "default-server")).toEqual([
      "default-server check check-ssl verify none inter 10s downinter 5s fall 2 rise 2 slowstart 60s maxconn 250 on-marked-down shutdown-sessions",
    ]);
  });
});

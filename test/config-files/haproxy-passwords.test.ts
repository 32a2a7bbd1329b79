import { describe, expect, it } from "vitest";
import { haproxyConfig } from "../../src/config-files/haproxy.js";
import { withoutPasswords } from "../../src/config-files/haproxy-passwords.js";

describe("withoutPasswords", () => {
  it.each([
    ["\tuser admin insecure-password hunter2 groups a", "\tuser admin insecure-password [secret] groups a"],
    ["    user admin password $6$k6y3o.eP$Jl", "    user admin password [secret]"],
    ["  stats\tauth admin:hunter2", "  stats\tauth admin:[secret]"],
    [String.raw`  tcp-check send AUTH\ hunter2\r\n`, String.raw`  tcp-check send AUTH\ [secret]`],
  ])("masks %j", (line, shown) => {
    expect(withoutPasswords(`global\n${line}\n    maxconn 10\n`)).toBe(`global\n${shown}\n    maxconn 10\n`);
  });

  it("leaves a file alone that has no password", () => {
    const text = haproxyConfig({
      vip: "10.88.0.100",
      port: 6443,
      masters: [{ name: "master1", address: "10.88.0.11", port: 6443 }],
      stats: { port: 8404 },
      timeouts: { connect: "5s", client: "1h", server: "1h" },
      maxconn: 4000,
    });
    expect(withoutPasswords(text)).toBe(text);
  });
});

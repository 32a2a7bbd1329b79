import { describe, expect, it } from "vitest";
import { haproxyConfig } from "../../src/config-files/haproxy.js";
import { parseStatsPassword, withoutPasswords } from "../../src/config-files/haproxy-passwords.js";
import { haproxyOptions } from "./haproxy-options.js";

describe("withoutPasswords", () => {
  it.each([
    ["\tuser admin insecure-password hunter2 groups a", "\tuser admin insecure-password [secret] groups a"],
    ["    user admin password $6$k6y3o.eP$Jl", "    user admin password [secret]"],
    ["  stats\tauth admin:hunter2", "  stats\tauth admin:[secret]"],
    ["    stats auth admin:'hunter 2'", "    stats auth admin:[secret]"],
    [String.raw`  tcp-check send AUTH\ hunter2\r\n`, String.raw`  tcp-check send AUTH\ [secret]`],
  ])("masks %j", (line, shown) => {
    expect(withoutPasswords(`global\n${line}\n    maxconn 10\n`)).toBe(`global\n${shown}\n    maxconn 10\n`);
  });

  it("does not change a file without passwords", () => {
    const text = haproxyConfig(haproxyOptions).shown();
    expect(withoutPasswords(text)).toBe(text);
  });
});

describe("parseStatsPassword", () => {
  it("ignores the password in a file that is not managed", () => {
    expect(parseStatsPassword("listen stats\n    stats auth admin:'hunter2'\n")).toBeUndefined();
  });
});

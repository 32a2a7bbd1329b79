import { describe, expect, it } from "vitest";
import { givenMachines, InvalidChoice, parseLogin, parseVip, type Lookups } from "../../src/init/choices.js";

const NAMES: Readonly<Record<string, string>> = { master2: "10.88.0.12" };
const lookups: Lookups = {
  where: "master1",
  addressOf: (name) => Promise.resolve(NAMES[name]),
  namesOf: (address) => Promise.resolve(address === "10.88.0.13" ? ["Master3.example.org", "m3"] : []),
};
const given = (...texts: string[]) => givenMachines(texts, { lookups, stem: "master-", first: 2 });

describe("machines", () => {
  it.each([
    ["m2=10.88.0.12", { name: "m2", address: "10.88.0.12" }],
    ["m2=10.88.0.12,FD00:88::12", { name: "m2", address: "10.88.0.12", secondAddress: "fd00:88::12" }],
    ["master2", { name: "master2", address: "10.88.0.12" }],
    ["10.88.0.13", { name: "master3", address: "10.88.0.13" }],
    ["10.88.0.14", { name: "master-2", address: "10.88.0.14" }],
  ])("%s", async (text, expected) => {
    expect(await given(text)).toEqual([expect.objectContaining(expected)]);
  });

  it("without a known name get a comment that says how to find it", async () => {
    expect((await given("10.88.0.14"))[0]?.notes).toEqual([
      "The name of 10.88.0.14 is not known: `hostname` shows it there.",
    ]);
  });

  it.each([
    ["master9", "master9 does not resolve on master1"],
    ["m2=master2", "m2=master2 is not NAME=ADDRESS, an address, or a name"],
    [
      "a=10.0.0.1,10.0.0.2,10.0.0.3",
      "a=10.0.0.1,10.0.0.2,10.0.0.3 is not NAME=ADDRESS, an address, or a name",
    ],
    ["10.88.0.300", "10.88.0.300 is not NAME=ADDRESS, an address, or a name"],
  ])("refuse %s", async (text, message) => {
    const refused = given(text);
    await expect(refused).rejects.toThrow(InvalidChoice);
    await expect(refused).rejects.toThrow(message);
  });
});

describe("parseLogin", () => {
  it.each([
    ["admin@10.88.0.11", { user: "admin", host: "10.88.0.11" }],
    ["m1.example.org", { host: "m1.example.org" }],
    ["root@m1:2222", { user: "root", host: "m1", port: 2222 }],
    ["root@[fd00:88::11]:2222", { user: "root", host: "fd00:88::11", port: 2222 }],
    ["fd00:88:0::11", { host: "fd00:88::11" }],
  ])("%s", (text, expected) => {
    expect(parseLogin(text)).toEqual({ text, ...expected });
  });

  it.each(["", "@m1", "root@", "root@a b"])("refuses %j", (text) => {
    expect(() => parseLogin(text)).toThrow(InvalidChoice);
  });
});

describe("parseVip", () => {
  it.each([
    ["10.88.0.100", { address: "10.88.0.100" }],
    ["10.88.0.100:443", { address: "10.88.0.100", port: 443 }],
    ["[fd00:88::100]:6443", { address: "fd00:88::100", port: 6443 }],
    ["FD00:88::100", { address: "fd00:88::100" }],
  ])("%s", (text, expected) => {
    expect(parseVip(text)).toEqual(expected);
  });

  it.each(["", "api.example.org", "127.0.0.1", "10.88.0.100:0"])("refuses %j", (text) => {
    expect(() => parseVip(text)).toThrow(InvalidChoice);
  });
});

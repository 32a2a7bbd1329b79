import { describe, expect, it } from "vitest";
import { parseUfw, ufwState } from "../../src/machine/ufw.js";
import { Sandbox } from "./sandbox.js";

// The files of ufw 0.36.2 and the output of iptables 1.8.9 on Debian 12; recorded.
const LIVE = `-N ufw-user-input
-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT
-A ufw-user-input -p tcp -m tcp --dport 6443 -j ACCEPT
-A ufw-user-input -p vrrp -j ACCEPT
-A ufw-user-input -s 10.0.0.0/8 -p tcp -m tcp --dport 8404 -j ACCEPT
-A ufw-user-input -p tcp -m tcp --dport 23 -j ufw-user-limit-accept
-A ufw-user-input -p tcp -m multiport --dports 7000:7010 -j ACCEPT
-A ufw-user-input -p udp -m udp --dport 53 -j ACCEPT
-N ufw-before-input
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate INVALID -j DROP
-A ufw-before-input -j ufw-user-input
`;
const KEPT = `-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate INVALID -j DROP
-A ufw-user-input -p tcp --dport 22 -j ACCEPT
-A ufw-user-input -p tcp --dport 6443 -j ACCEPT
-A ufw-user-input -p vrrp -j ACCEPT
-A ufw-user-input -p tcp --dport 8404 -s 10.0.0.0/8 -j ACCEPT
-A ufw-user-input -p tcp --dport 23 -j ufw-user-limit-accept
-A ufw-user-input -p tcp -m multiport --dports 7000:7010 -j ACCEPT
-A ufw-user-input -p udp --dport 53 -j ACCEPT
`;
const output = (live: string, kept: string): string => `enabled\nlive\n${live}after boot:\n${kept}`;
const without = (text: string, word: string): string =>
  text
    .split("\n")
    .filter((line) => !line.includes(word))
    .join("\n");
const open = { live: true, ports: ["22/tcp", "6443/tcp"], vrrp: true };

describe("parseUfw", () => {
  it("reads rules that accept any source", () => {
    expect(parseUfw(output(LIVE, KEPT))).toEqual(open);
  });

  it("recognizes VRRP by its number, among the rules before ufw's own", () => {
    const rule = "-A ufw-before-input -p 112 -j ACCEPT\n";
    const found = parseUfw(output(without(LIVE, "vrrp") + rule, without(KEPT, "vrrp") + rule));
    expect(found).toEqual(open);
  });

  it.each([
    ["the kernel has no port", without(LIVE, "6443"), KEPT, { ...open, ports: ["22/tcp"] }],
    ["the files have no port", LIVE, without(KEPT, "6443"), { ...open, ports: ["22/tcp"] }],
    ["the kernel has no VRRP", without(LIVE, "vrrp"), KEPT, { ...open, vrrp: false }],
    ["the files have no VRRP", LIVE, without(KEPT, "vrrp"), { ...open, vrrp: false }],
  ])("counts only what is allowed now and after the next boot: %s", (_, live, kept, expected) => {
    expect(parseUfw(output(live, kept))).toEqual(expected);
  });

  it("recognizes one that starts at the next boot, and one that is disabled", () => {
    expect(parseUfw(`enabled\nafter boot:\n${KEPT}`)).toEqual({ live: false, ports: [], vrrp: false });
    expect(parseUfw(`after boot:\n${KEPT}`)).toBeUndefined();
    expect(parseUfw("")).toBeUndefined();
  });
});

describe("ufwState", () => {
  const host = (sandbox: Sandbox, enabled: string): void => {
    sandbox.file("/etc/ufw/ufw.conf", `# a comment\nENABLED=${enabled}\nLOGLEVEL=low\n`);
    sandbox.file("/etc/ufw/before.rules", "*filter\n-A ufw-before-input -p 112 -j ACCEPT\nCOMMIT\n");
    sandbox.file("/etc/ufw/user.rules", "*filter\n-A ufw-user-input -p tcp --dport 6443 -j ACCEPT\nCOMMIT\n");
  };

  it("is read from the kernel and from ufw's files, without ufw", async () => {
    using sandbox = new Sandbox();
    host(sandbox, "yes");
    sandbox.answer(
      "iptables",
      `case $2 in *user*) echo "-A $2 -p tcp -m tcp --dport 6443 -j ACCEPT" ;; *) echo "-A $2 -p vrrp -j ACCEPT" ;; esac`,
    );
    expect(await sandbox.host().ask(ufwState("ipv4"))).toEqual({
      live: true,
      ports: ["6443/tcp"],
      vrrp: true,
    });
    expect(sandbox.calls("ufw")).toEqual([]);
  });

  it("reads only the IPv6 rules for IPv6", async () => {
    using sandbox = new Sandbox();
    host(sandbox, "yes");
    sandbox.file("/etc/ufw/before6.rules", "*filter\n-A ufw6-before-input -p 112 -j ACCEPT\nCOMMIT\n");
    sandbox.file(
      "/etc/ufw/user6.rules",
      "*filter\n-A ufw6-user-input -p tcp --dport 6443 -j ACCEPT\nCOMMIT\n",
    );
    sandbox.answer("iptables", "exit 1");
    sandbox.answer(
      "ip6tables",
      `case $2 in *6-user*) echo "-A $2 -p tcp -m tcp --dport 6443 -j ACCEPT" ;; *) echo "-A $2 -p vrrp -j ACCEPT" ;; esac`,
    );
    const open = { live: true, ports: ["6443/tcp"], vrrp: true };
    expect(await sandbox.host().ask(ufwState("ipv6"))).toEqual(open);
    expect(await sandbox.host("lb1").ask(ufwState("ipv4"))).toMatchObject({ live: false });
  });

  it("is undefined if ufw is disabled, or was never installed", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("iptables", "exit 1");
    expect(await sandbox.host().ask(ufwState("ipv4"))).toBeUndefined();
    host(sandbox, "no");
    expect(await sandbox.host("lb1").ask(ufwState("ipv4"))).toBeUndefined();
    host(sandbox, "yes");
    expect(await sandbox.host("lb2").ask(ufwState("ipv4"))).toEqual({ live: false, ports: [], vrrp: false });
  });

  it("is undefined if ufw was removed but not purged", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("iptables", "exit 1");
    host(sandbox, "yes");
    sandbox.lacks("ufw");
    expect(await sandbox.host("lb1").ask(ufwState("ipv4"))).toBeUndefined();
  });
});

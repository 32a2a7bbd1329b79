import { describe, expect, it } from "vitest";
import { query, type Query } from "../../src/machine/query.js";
import { addresses, directInterface, listeningAddresses, listeningPorts } from "../../src/machine/network.js";
import { isOlderThan, unitState } from "../../src/machine/systemd.js";
import { parseAdvertisements } from "../../src/machine/vrrp.js";
import { sh } from "../../src/shell/shell.js";
import { Sandbox } from "./sandbox.js";
import { ok } from "./scripted.js";

const read = <T>(look: Query<T>, stdout: string): T => look.parse(ok(stdout));

describe("unitState", () => {
  const shown = (active: string, enabled: string, since: string, at: string): string =>
    `LoadState=loaded\nActiveState=${active}\nUnitFileState=${enabled}\nStateChangeTimestamp=${since}\nAt=${at}\n`;

  it("reads a unit that runs and starts at boot", () => {
    expect(
      read(unitState("x"), shown("active", "enabled", "Sat 2026-11-21 08:39:12 UTC", "1795250352")),
    ).toEqual({
      exists: true,
      active: true,
      enabled: true,
      changedAt: 1_795_250_352,
    });
  });

  it.each([
    ["is reloading", "reloading", "enabled"],
    ["failed", "failed", "enabled"],
    ["is starting", "activating", "enabled"],
  ])("does not report a unit as active that %s", (_, active, enabled) => {
    expect(read(unitState("x"), shown(active, enabled, "", ""))).toMatchObject({
      active: false,
      enabled: true,
    });
  });

  it.each(["disabled", "static", "masked", "enabled-runtime", ""])(
    "does not report %j as enabled",
    (state) => {
      expect(read(unitState("x"), shown("active", state, "", "")).enabled).toBe(false);
    },
  );

  it("recognizes a unit that is not installed", () => {
    const text = "LoadState=not-found\nActiveState=inactive\nUnitFileState=\nStateChangeTimestamp=\n";
    expect(read(unitState("x"), text)).toEqual({
      exists: false,
      active: false,
      enabled: false,
      changedAt: 0,
    });
  });

  it("reads the unit from systemctl and converts its local time to seconds", async () => {
    using sandbox = new Sandbox();
    sandbox.answer(
      "systemctl",
      `case "$3" in *Load*) printf 'LoadState=loaded\\nActiveState=active\\nUnitFileState=enabled\\n' ;; esac
echo 'StateChangeTimestamp=Sat 2026-11-21 08:39:12 UTC'`,
    );
    expect(await sandbox.host().ask(unitState("haproxy"))).toEqual({
      exists: true,
      active: true,
      enabled: true,
      changedAt: Date.UTC(2026, 10, 21, 8, 39, 12) / 1000,
    });
    for (const call of sandbox.calls("systemctl")) expect(call.at(-1)).toBe("haproxy");
  });
});

describe("unitState, on hosts", () => {
  const at = async (sandbox: Sandbox, times: string): Promise<number> => {
    sandbox.answer("systemctl", `cat <<'END'\nLoadState=loaded\nActiveState=active\n${times}\nEND`);
    return (await sandbox.host().ask(unitState("haproxy"))).changedAt;
  };
  const second = (hour: number) => Date.UTC(2026, 10, 21, hour) / 1000;
  const reload = (time: string) =>
    `ExecReload={ path=/bin/kill ; argv[]=/bin/kill -USR2 $MAINPID ; ignore_errors=no ; start_time=[${time}] ; stop_time=[${time}] ; pid=812 ; code=exited ; status=0 }`;

  it.each([
    ["never", "StateChangeTimestamp=\nActiveEnterTimestamp=", 0],
    ["never, as a word", `StateChangeTimestamp=n/a\n${reload("n/a")}`, 0],
    [
      "systemd from 229 on",
      `${reload("Sat 2026-11-21 07:00:00 UTC")}\nStateChangeTimestamp=Sat 2026-11-21 09:00:00 UTC\nActiveEnterTimestamp=Sat 2026-11-21 06:00:00 UTC`,
      second(9),
    ],
    [
      "systemd 219, reloaded since",
      `${reload("Sat 2026-11-21 07:00:00 UTC")}\nActiveEnterTimestamp=Sat 2026-11-21 06:00:00 UTC`,
      second(7),
    ],
    ["systemd 219, started", `${reload("n/a")}\nActiveEnterTimestamp=Sat 2026-11-21 06:00:00 UTC`, second(6)],
  ])("%s", async (_, times, expected) => {
    using sandbox = new Sandbox();
    expect(await at(sandbox, times)).toBe(expected);
  });
});

describe("isOlderThan", () => {
  const unit = { exists: true, active: true, enabled: true, changedAt: 100 };

  it.each<[number[], boolean]>([
    [[], false],
    [[99.9], false],
    [[100.9], false],
    [[101], true],
    [[5, 101.2, 7], true],
  ])("files of %j against a unit of 100: %s", (modified, older) => {
    expect(isOlderThan(unit, modified)).toBe(older);
  });
});

describe("parseAdvertisements", () => {
  /** As `socat -d -d -x -u IP4-RECV:112 …` prints a packet; recorded. */
  const packet = (source: string, bytes: string): string =>
    `2026/11/21 09:22:25 socat[1145] N received packet with 32 bytes from AF=2 ${source}:0
> 2026/11/21 09:22:25.000044031  length=12 from=0 to=11
 ${bytes}
`;
  const started = "2026/11/21 09:22:24 socat[1145] N starting data transfer loop with FDs [5,5] and [6,6]\n";

  it("parses versions 2 and 3, each router once", () => {
    const packets =
      started +
      packet("10.88.0.7", "21 33 96 01 01 01 00 00 0a 00 00 01") +
      packet("192.168.1.200", "31 07 64 01 00 64 00 00 0a 00 00 01") +
      packet("10.88.0.7", "21 33 96 01 01 01 00 00 0a 00 00 01");
    expect(parseAdvertisements(packets)).toEqual([
      { source: "10.88.0.7", id: 51 },
      { source: "192.168.1.200", id: 7 },
    ]);
  });

  it("parses IPv6 advertisements; recorded with ipv6-join-group", () => {
    const packets = `${started}2026/11/22 00:33:24 socat[3219] N received packet with 24 bytes from AF=10 [fe80:0000:0000:0000:886e:cdff:fe1b:ba31]:0
> 2026/11/22 00:33:24.000628721  length=24 from=0 to=23
 31 33 96 01 00 64 2d 04 fd 00 00 88 00 00 00 00 00 00 00 00 00 00 01 00
`;
    expect(parseAdvertisements(packets)).toEqual([{ source: "fe80::886e:cdff:fe1b:ba31", id: 51 }]);
  });

  it("is empty for no packets, another protocol, and a truncated packet", () => {
    expect(parseAdvertisements(started)).toEqual([]);
    expect(parseAdvertisements(packet("10.88.0.7", "45 00 00 28"))).toEqual([]);
    expect(parseAdvertisements(packet("10.88.0.7", "21").trimEnd())).toEqual([]);
  });
});

describe("addresses and interfaces", () => {
  const shown = `1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
2: eth0    inet 10.88.0.31/24 brd 10.88.0.255 scope global eth0\\       valid_lft forever preferred_lft forever
2: eth0    inet 10.88.0.100/32 scope global eth0\\       valid_lft forever preferred_lft forever
2: eth0    inet6 fd00:88::100/128 scope global nodad deprecated \\       valid_lft forever preferred_lft 0sec
2: eth0    inet6 fe80::88:ff:fe00:1f/64 scope link \\       valid_lft forever preferred_lft forever
`;

  it("lists every address", () => {
    expect(read(addresses, shown)).toEqual([
      { interface: "lo", address: "127.0.0.1", prefixLength: 8 },
      { interface: "eth0", address: "10.88.0.31", prefixLength: 24 },
      { interface: "eth0", address: "10.88.0.100", prefixLength: 32 },
      { interface: "eth0", address: "fd00:88::100", prefixLength: 128 },
      { interface: "eth0", address: "fe80::88:ff:fe00:1f", prefixLength: 64 },
    ]);
  });

  it.each([
    ["10.88.0.100 dev eth0 src 10.88.0.31 uid 0 \n    cache \n", "eth0"],
    ["10.9.0.1 via 10.88.0.1 dev eth0 src 10.88.0.31 uid 0 \n    cache \n", undefined],
    ["local 10.88.0.31 dev lo src 10.88.0.31 uid 0 \n    cache <local> \n", undefined],
    ["fd00:88::100 from :: dev eth0 proto kernel src fd00:88::31 metric 256 pref medium\n", "eth0"],
    ["fd00:9::1 from :: via fe80::1 dev eth0 proto ra src fd00:88::31 metric 1024 pref medium\n", undefined],
    ["", undefined],
  ])("finds the interface in %j: %s", (out, expected) => {
    expect(read(directInterface("10.88.0.100"), out)).toBe(expected);
  });

  it("reads the addresses of one of two programs on the same port", () => {
    const out = `LISTEN 0 4000 10.88.0.100:6443 0.0.0.0:* users:(("haproxy",pid=812,fd=7))
LISTEN 0 4096    10.88.0.11:6443 0.0.0.0:* users:(("kube-apiserver",pid=90,fd=7))
LISTEN 0 4096          [::]:6443    [::]:* users:(("kube-apiserver",pid=90,fd=8))
LISTEN 0 4096             *:6443       *:* users:(("kube-apiserver",pid=91,fd=7))
`;
    expect(read(listeningAddresses("kube-apiserver", 6443), out)).toEqual(["10.88.0.11", "::", "*"]);
    expect(read(listeningAddresses("nginx", 6443), out)).toEqual([]);
  });

  it("reads ss, several programs on a port, IPv6 and unknown programs included", () => {
    const out = `LISTEN 0      4000      10.88.0.100:6443      0.0.0.0:*    users:(("haproxy",pid=812,fd=7))
LISTEN 0      4096     10.88.0.11:6443      0.0.0.0:*    users:(("kube-apiserver",pid=90,fd=7))
LISTEN 0      4000      127.0.0.1:6443      0.0.0.0:*    users:(("haproxy",pid=812,fd=8))
LISTEN 0      128             [::]:22            [::]:*    users:(("sshd",pid=100,fd=4),("systemd",pid=1,fd=50))
LISTEN 0      4096               *:10250            *:*
`;
    expect(read(listeningPorts, out)).toEqual(
      new Map([
        [6443, ["haproxy", "kube-apiserver"]],
        [22, ["sshd"]],
        [10_250, ["?"]],
      ]),
    );
  });
});

describe("query", () => {
  it("throws for a non-zero exit code even with output", () => {
    const look = query(sh`x`, (out) => out);
    expect(() => look.parse({ code: 1, stdout: "half", stderr: "" })).toThrow(/exit code 1 from: x\nhalf/);
  });
});

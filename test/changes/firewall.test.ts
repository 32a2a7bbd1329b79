import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { Sandbox } from "../machine/sandbox.js";
import { stateBefore, make, undoChange, undoOf } from "./context.js";
import { itIsShownAs } from "./shown.js";

const VRRP = 'rule protocol value="vrrp" accept';
const change: Change = {
  kind: "firewall",
  host: "lb1",
  zone: "public",
  ports: ["6443/tcp", "8404/tcp"],
  richRules: [VRRP],
};

describe("firewall", () => {
  itIsShownAs(change, {
    mark: "+",
    describe: "firewalld, zone public: allow 6443/tcp, 8404/tcp, VRRP",
    diff: '+ 6443/tcp\n+ 8404/tcp\n+ rule protocol value="vrrp" accept',
  });

  it("opens permanently first, then at runtime; a rule is one argument", async () => {
    using sandbox = new Sandbox();
    await make(sandbox, { ...change, zone: "lan", ports: ["6443/tcp"] });
    expect(sandbox.calls()).toEqual([
      ["firewall-cmd", "-q", "--zone=lan", "--permanent", "--add-port=6443/tcp"],
      ["firewall-cmd", "-q", "--zone=lan", "--permanent", `--add-rich-rule=${VRRP}`],
      ["firewall-cmd", "-q", "--zone=lan", "--add-port=6443/tcp"],
      ["firewall-cmd", "-q", "--zone=lan", `--add-rich-rule=${VRRP}`],
    ]);
  });

  it("does not open it at runtime if it could not be made permanent", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("firewall-cmd", "exit 13");
    await expect(make(sandbox, { ...change, ports: ["6443/tcp"], richRules: [] })).rejects.toMatchObject({
      code: 13,
    });
    expect(sandbox.calls()).toHaveLength(1);
  });
});

describe("the firewall", () => {
  const list = (ports: string, rule = ""): string =>
    `public (active)\n  ports: ${ports}\n  rich rules: \n${rule === "" ? "" : `\t${rule}\n`}`;
  const firewalld = `case "$*" in *--permanent*list*) cat "$SANDBOX/permanent" ;; *list*) cat "$SANDBOX/live" ;; *--permanent*) cp "$SANDBOX/before" "$SANDBOX/permanent" ;; esac`;

  /** The saved state of a running firewalld that allows only ssh. */
  const beforeOurs = (sandbox: Sandbox): Promise<unknown> => {
    sandbox.answer("firewall-cmd", firewalld);
    for (const name of ["/permanent", "/live"]) sandbox.file(name, list("22/tcp"));
    return stateBefore(sandbox, change);
  };

  it("loses only the rules that we added; its file is the previous one", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("firewall-cmd", firewalld);
    sandbox.file("/etc/firewalld/firewalld.conf", "");
    sandbox.file("/before", list("22/tcp"));
    sandbox.file("/permanent", list("22/tcp"));
    sandbox.file("/live", list("22/tcp 8404/tcp"));
    const before = await stateBefore(sandbox, change);
    expect(undoOf(change).describe(change, before)).toBe(
      "firewalld, zone public: no longer allow 6443/tcp, 8404/tcp, VRRP",
    );
    sandbox.file("/permanent", list("22/tcp 6443/tcp 8404/tcp", VRRP));
    sandbox.file("/live", list("22/tcp 6443/tcp 8404/tcp", VRRP));
    sandbox.file("/etc/firewalld/zones/public.xml", "<zone/>");
    const asked = sandbox.calls("firewall-cmd").length;
    await undoChange(sandbox, change, before);
    const made = sandbox
      .commands("firewall-cmd")
      .slice(asked)
      .filter((line) => line.includes("--remove"));
    expect(made).toEqual([
      "firewall-cmd -q --zone=public --permanent --remove-port=6443/tcp --remove-port=8404/tcp",
      `firewall-cmd -q --zone=public --permanent --remove-rich-rule=${VRRP}`,
      "firewall-cmd -q --zone=public --remove-port=6443/tcp",
      `firewall-cmd -q --zone=public --remove-rich-rule=${VRRP}`,
    ]);
    expect(readdirSync(sandbox.path("/etc/firewalld"))).toEqual(["firewalld.conf"]);
  });

  it("keeps its file if another rule was added in the meantime", async () => {
    using sandbox = new Sandbox();
    const before = await beforeOurs(sandbox);
    sandbox.file("/before", list("22/tcp 25/tcp"));
    sandbox.file("/permanent", list("22/tcp 25/tcp 6443/tcp"));
    sandbox.file("/etc/firewalld/zones/public.xml", "<zone/>");
    await undoChange(sandbox, change, before);
    expect(sandbox.read("/etc/firewalld/zones/public.xml")).toBe("<zone/>");
  });

  it("undoes nothing in a zone that no longer exists, and reports that", async () => {
    using sandbox = new Sandbox();
    const before = await beforeOurs(sandbox);
    sandbox.answer("firewall-cmd", "echo Error: INVALID_ZONE: public >&2; exit 112");
    expect(await undoChange(sandbox, change, before)).toEqual([
      "firewalld on lb1 no longer has the zone public: the rules of k8s-ha were removed with it",
    ]);
    expect(sandbox.commands("firewall-cmd").filter((line) => line.includes("--remove"))).toEqual([]);
  });

  it("fails if firewalld does not answer", async () => {
    using sandbox = new Sandbox();
    const before = await beforeOurs(sandbox);
    sandbox.answer("firewall-cmd", "echo Error: COMMAND_FAILED >&2; exit 13");
    await expect(undoChange(sandbox, change, before)).rejects.toThrow("COMMAND_FAILED");
  });

  describe("that was stopped in the meantime", () => {
    const ZONE = "/etc/firewalld/zones/public.xml";
    /** The saved state of a firewalld that ran; it is stopped now. */
    const stopped = async (sandbox: Sandbox): Promise<unknown> => {
      sandbox.file(ZONE, "<zone/>");
      const before = await beforeOurs(sandbox);
      sandbox.file(ZONE, "<zone>ours</zone>");
      sandbox.answer("systemctl", "exit 3");
      sandbox.answer("firewall-cmd", "echo 'FirewallD is not running' >&2; exit 252");
      return before;
    };

    it("loses the rules that we added in its permanent configuration", async () => {
      using sandbox = new Sandbox();
      const before = await stopped(sandbox);
      sandbox.answer(
        "firewall-offline-cmd",
        `case "$*" in *list*) cat "$SANDBOX/permanent" ;; *rule*) cp "$SANDBOX/before" "$SANDBOX/permanent" ;; esac`,
      );
      sandbox.file("/permanent", list("22/tcp 6443/tcp 8404/tcp", VRRP));
      sandbox.file("/before", list("22/tcp"));
      const asked = sandbox.calls("firewall-cmd").length;
      expect(await undoChange(sandbox, change, before)).toEqual([]);
      expect(sandbox.commands("firewall-offline-cmd")).toEqual([
        "firewall-offline-cmd --zone=public --list-all",
        "firewall-offline-cmd -q --zone=public --remove-port=6443/tcp --remove-port=8404/tcp",
        `firewall-offline-cmd -q --zone=public --remove-rich-rule=${VRRP}`,
        "firewall-offline-cmd --zone=public --list-all",
      ]);
      expect(sandbox.calls("firewall-cmd")).toHaveLength(asked);
      expect(sandbox.read(ZONE)).toBe("<zone/>");
    });

    it("keeps its files if it was uninstalled", async () => {
      using sandbox = new Sandbox();
      const before = await stopped(sandbox);
      sandbox.lacks("firewall-offline-cmd");
      expect(await undoChange(sandbox, change, before)).toEqual([
        "firewalld is no longer installed on lb1: the files of its zone public stay unchanged",
      ]);
      expect(sandbox.read(ZONE)).toBe("<zone>ours</zone>");
    });
  });
});

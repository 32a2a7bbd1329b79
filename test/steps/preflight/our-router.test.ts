import { describe, expect, it } from "vitest";
import { keepalivedConfig } from "../../../src/config-files/keepalived.js";
import { Secret } from "../../../src/shell/secret.js";
import { announcesAddress } from "../../../src/steps/preflight/our-router.js";
import { showProcess } from "../../machine/pod-processes.js";
import { Sandbox } from "../../machine/sandbox.js";

const options = { vip: "10.88.0.100", interface: "eth0", virtualRouterId: 51, priority: 150, penalty: 20 };
const ours = (changed: Partial<typeof options> = {}): string =>
  keepalivedConfig({ ...options, ...changed, password: new Secret("12345678") })
    .secretText()
    .reveal();

describe("announcesAddress", () => {
  it("knows ours as a static pod, which is no service", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("systemctl", "exit 3");
    sandbox.answer("pgrep", "echo 4711");
    showProcess(sandbox, 4711, "keepalived");
    sandbox.file("/etc/keepalived/keepalived.conf", ours());
    expect(await sandbox.host("master1").ask(announcesAddress("10.88.0.100", 51))).toBe(true);
    showProcess(sandbox, 4711, "keepalived", { source: null });
    expect(await sandbox.host("master1").ask(announcesAddress("10.88.0.100", 51))).toBe(false);
  });

  it.each([
    ["our own keepalived", ours(), "exit 0", true],
    ["ours, stopped", ours(), "exit 3", false],
    ["ours for another address", ours({ vip: "10.88.0.10" }), "exit 0", false],
    ["ours with another router id", ours({ virtualRouterId: 5 }), "exit 0", false],
    ["somebody else's", ours().replace(/^.*\n/, ""), "exit 0", false],
    ["none", undefined, "exit 3", false],
  ])("%s", async (_, conf, isActive, expected) => {
    using sandbox = new Sandbox();
    sandbox.answer("systemctl", isActive);
    if (conf !== undefined) sandbox.file("/etc/keepalived/keepalived.conf", conf);
    expect(await sandbox.host("lb1").ask(announcesAddress("10.88.0.100", 51))).toBe(expected);
  });
});

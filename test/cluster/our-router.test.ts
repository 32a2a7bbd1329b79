import { describe, expect, it } from "vitest";
import { keepalivedConfig } from "../../src/config-files/keepalived.js";
import { Secret } from "../../src/shell/secret.js";
import { announcesVip } from "../../src/cluster/our-router.js";
import { showProcess } from "../machine/pod-processes.js";
import { Sandbox } from "../machine/sandbox.js";
import { labInventory } from "../steps/inventory.js";

const options = { vip: "10.88.0.100", interface: "eth0", virtualRouterId: 51, priority: 150, penalty: 20 };
const ours = (changed: Partial<typeof options> = {}): string =>
  keepalivedConfig({ ...options, ...changed, password: new Secret("12345678") })
    .secretText()
    .reveal();
const ask = (sandbox: Sandbox, host: string) => announcesVip(sandbox.host(host), labInventory());

describe("announcesVip", () => {
  it("detects k8s-ha's keepalived as a static pod", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("systemctl", "echo ActiveState=inactive");
    // This process stands in for it.
    sandbox.answer("pgrep", `echo ${process.pid}`);
    showProcess(sandbox, process.pid, "keepalived");
    sandbox.file("/etc/keepalived/keepalived.conf", ours());
    expect(await ask(sandbox, "master1")).toBe(true);
    showProcess(sandbox, process.pid, "keepalived", { source: null });
    expect(await ask(sandbox, "master1")).toBe(false);
  });

  it.each([
    ["k8s-ha's keepalived", ours(), "active", true],
    ["k8s-ha's keepalived, stopped", ours(), "inactive", false],
    ["k8s-ha's keepalived for another address", ours({ vip: "10.88.0.10" }), "active", false],
    ["k8s-ha's keepalived with another router id", ours({ virtualRouterId: 5 }), "active", false],
    ["a third-party keepalived", ours().replace(/^.*\n/, ""), "active", false],
    ["none", undefined, "inactive", false],
  ])("%s", async (_, conf, state, expected) => {
    using sandbox = new Sandbox();
    sandbox.answer("systemctl", `echo ActiveState=${state}`);
    if (conf !== undefined) sandbox.file("/etc/keepalived/keepalived.conf", conf);
    expect(await ask(sandbox, "lb1")).toBe(expected);
  });
});

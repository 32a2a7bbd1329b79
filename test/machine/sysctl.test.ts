import { expect, it } from "vitest";
import { kernelSetting } from "../../src/machine/sysctl.js";
import { Sandbox } from "./sandbox.js";

it("reads a kernel parameter's current value", async () => {
  using sandbox = new Sandbox();
  sandbox.answer("sysctl", 'case "$*" in "-n net.ipv4.ip_forward") echo 1 ;; *) exit 255 ;; esac');
  expect(await sandbox.host().ask(kernelSetting("net.ipv4.ip_forward"))).toBe("1");
  await expect(sandbox.host().ask(kernelSetting("net.ipv4.no"))).rejects.toMatchObject({ code: 255 });
});

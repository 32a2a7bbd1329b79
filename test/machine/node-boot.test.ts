import { describe, expect, it } from "vitest";
import { bootFaults } from "../../src/machine/node-boot.js";
import { Sandbox } from "./sandbox.js";

describe("a node after a reboot", () => {
  const faults = async (state: string) => {
    using sandbox = new Sandbox();
    sandbox.answer("systemctl", `[ "$*" = "is-enabled kubelet" ] && echo ${state}`);
    return await sandbox.host().ask(bootFaults);
  };

  it.each(["disabled", "masked", "masked-runtime"])("has no kubelet if the unit is %s", async (state) => {
    expect(await faults(state)).toEqual(["kubelet is not started at boot"]);
  });

  it.each(["enabled", "static", "linked", ""])("has one if the unit is %j", async (state) => {
    expect(await faults(state)).toEqual([]);
  });

  it.each([
    ["lacks a file that the running kubelet has loaded", "30", ["/var/lib/kubelet/config.yaml is missing"]],
    ["lacks none where a kubelet starts again and again, as before a join", "29", []],
    ["lacks none where the kubelet has just ended", "", []],
  ])("%s", async (_, seconds, missing) => {
    using sandbox = new Sandbox();
    sandbox.answer("pgrep", "echo self");
    sandbox.answer("ps", `echo ${seconds}`);
    sandbox.answer(
      "tr",
      `printf '%s\\n' /usr/bin/kubelet --config=$SANDBOX/var/lib/kubelet/config.yaml --kubeconfig=$SANDBOX/etc/kubernetes/kubelet.conf --v=2`,
    );
    sandbox.file("/etc/kubernetes/kubelet.conf", "");
    expect(await sandbox.host().ask(bootFaults)).toEqual(missing);
  });
});

import { describe, expect, it } from "vitest";
import { blocker } from "../../../../src/steps/preflight/check.js";
import { boot } from "../../../../src/steps/preflight/checks/boot.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { labInventory } from "../../inventory.js";
import { problemsOf } from "../../recorded.js";
import { looking, unreachable } from "../looking.js";

describe("check boot", () => {
  it("accepts the recorded hosts", () => {
    expect(problemsOf(boot, "fresh")).toEqual([]);
  });

  it("reports a kubelet that is not started at boot, and a missing file", () => {
    const found = new Map([
      ["master2", ["kubelet is not started at boot"]],
      ["worker1", ["/var/lib/kubelet/config.yaml is missing"]],
    ]);
    expect(boot.problems({ found, failures: [] }, labInventory())).toEqual([
      blocker("master2", "kubelet is not started at boot", "on master2: systemctl enable kubelet"),
      blocker(
        "worker1",
        "/var/lib/kubelet/config.yaml is missing",
        "on worker1: restore the file; kubeadm writes it with: kubeadm upgrade node phase kubelet-config",
      ),
    ]);
  });

  it("asks masters and workers", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("kubelet", "");
    sandbox.answer("systemctl", "echo disabled");
    const { found, failures } = await boot.probe(looking(sandbox, { worker1: unreachable("worker1") }));
    expect([...found.keys()]).toEqual(["master1", "master2", "master3"]);
    expect(failures).toMatchObject([{ host: "worker1" }]);
  });
});

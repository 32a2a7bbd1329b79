import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { Sandbox } from "../machine/sandbox.js";
import { make } from "./context.js";
import { itIsShownAs } from "./shown.js";

const change: Change = { kind: "kubelet-restart", host: "worker1", node: "n" };

describe("kubelet-restart", () => {
  itIsShownAs(change, {
    mark: "~",
    describe: "restart the kubelet, wait until node n is Ready",
    interrupts: { what: "nothing: containers keep running while the kubelet restarts", seconds: 0 },
  });

  it("waits until the node is Ready with a lease newer than the restart", async () => {
    using sandbox = new Sandbox();
    sandbox.runsUnits();
    const node = { metadata: { name: "n" }, status: { conditions: [{ type: "Ready", status: "True" }] } };
    const lease = (year: number) => ({ spec: { renewTime: `${year}-01-31T22:15:30.000000Z` } });
    sandbox.web.api({
      "/api/v1/nodes/n": node,
      "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n": [lease(2000), lease(2100)],
    });
    await make(sandbox, change);
    expect(sandbox.commands("systemctl")).toEqual(
      expect.arrayContaining(["systemctl stop kubelet", "systemctl start kubelet"]),
    );
    expect(sandbox.calls("curl").filter((call) => call.at(-1)?.endsWith("leases/n"))).toHaveLength(2);
    // If interrupted between stop and start, the node would be left without a kubelet.
    expect(sandbox.commands("systemd-run")[0]).toContain("--unit=k8s-ha-kubelet-restart.service");
  });

  it("ignores messages of systemctl", async () => {
    using sandbox = new Sandbox();
    sandbox.runsUnits();
    sandbox.answer(
      "systemctl",
      "echo 'Warning: The unit file, source configuration file or drop-ins changed.' >&2",
    );
    sandbox.web.api({
      "/api/v1/nodes/n": { status: { conditions: [{ type: "Ready", status: "True" }] } },
      "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n": {
        spec: { renewTime: "2100-01-31T22:15:30.000000Z" },
      },
    });
    await make(sandbox, change);
  });
});

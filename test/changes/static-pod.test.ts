import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { markOf, type Change } from "../../src/changes/change.js";
import { keepalivedPod, withoutRun } from "../../src/config-files/load-balancer-pods.js";
import { showProcess } from "../machine/pod-processes.js";
import { Sandbox } from "../machine/sandbox.js";
import { driftOf, stateBefore, make, undoChange } from "./context.js";
import { itIsShownAs } from "./shown.js";

const PATH = "/etc/kubernetes/manifests/keepalived.yaml";
const manifest = keepalivedPod({ image: "keepalived:1" });
const change: Change = {
  kind: "static-pod",
  host: "master2",
  pod: "keepalived",
  manifest,
  before: null,
  because: "new configuration",
};

/** Each manifest has a process, as with a kubelet; the sandbox's clock ticks each time it is read. */
function withKubelet(sandbox: Sandbox): void {
  // The script finds the process with pgrep, its pod with grep, and its age with sed and awk.
  sandbox.answer("pgrep", `if [ -e "$SANDBOX${PATH}" ]; then echo 1; fi`);
  showProcess(sandbox, 1, "keepalived");
  sandbox.answer(
    "awk",
    `IFS= read -r _ || exit 0; echo tick >>"$SANDBOX/clock"; echo 99999999$(wc -l <"$SANDBOX/clock")`,
  );
}

describe("static-pod", () => {
  itIsShownAs(
    { ...change, pod: "haproxy", manifest: "kind: Pod\nimage: b\n", before: "kind: Pod\nimage: a\n" },
    {
      mark: "~",
      describe: "static pod haproxy: restart (new configuration)",
      diff: "@@ -1,2 +1,2 @@\n kind: Pod\n-image: a\n+image: b",
      interrupts: { what: "connections to the API through this machine's haproxy", seconds: 3 },
    },
  );

  it("is marked as created if there was none", () => {
    expect(markOf(change)).toBe("+");
  });
});

describe("a static pod", () => {
  it("is written with the run's ID, readable only by root, and waited for", async () => {
    using sandbox = new Sandbox();
    withKubelet(sandbox);
    await make(sandbox, change);
    const text = sandbox.read(PATH);
    expect(text).toContain('k8s-ha/run: "20260131-221530"');
    expect(withoutRun(text)).toBe(manifest);
  });

  it("is removed if there was none, and waited for until it stops; also repeatedly", async () => {
    using sandbox = new Sandbox();
    withKubelet(sandbox);
    sandbox.file("/etc/kubernetes/manifests/etcd.yaml", "");
    const before = await stateBefore(sandbox, change);
    await make(sandbox, change);
    for (let n = 0; n < 2; n++) {
      await undoChange(sandbox, change, before);
      expect(existsSync(sandbox.path(PATH))).toBe(false);
    }
  });

  it("is restored byte for byte", async () => {
    using sandbox = new Sandbox();
    withKubelet(sandbox);
    const former = keepalivedPod({ image: "keepalived:0" });
    sandbox.file(PATH, former);
    const before = await stateBefore(sandbox, change);
    await make(sandbox, change);
    expect(await driftOf(sandbox, change, before)).toBeUndefined();
    await undoChange(sandbox, change, before);
    expect(sandbox.read(PATH)).toBe(former);
  });

  it("reports that it was modified since", async () => {
    using sandbox = new Sandbox();
    withKubelet(sandbox);
    const before = await stateBefore(sandbox, change);
    await make(sandbox, change);
    sandbox.file(PATH, sandbox.read(PATH).replace("keepalived:1", "keepalived:2"));
    expect(await driftOf(sandbox, change, before)).toBe(`${PATH} was modified outside k8s-ha`);
  });
});

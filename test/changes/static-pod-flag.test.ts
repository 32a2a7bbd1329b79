import { statSync, utimesSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { kindOf, type Change } from "../../src/changes/change.js";
import { apiserver } from "../../src/steps/preflight/checks/apiserver.js";
import { Sandbox } from "../machine/sandbox.js";
import { found } from "../steps/recorded.js";
import { contextOf, driftOf, stateBefore, make, undoChange, undoOf } from "./context.js";
import { itIsShownAs } from "./shown.js";

const manifest = found(apiserver, "fresh").manifest;
const MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml";
const change: Change = {
  kind: "static-pod-flag",
  host: "master1",
  flag: "advertise-address",
  before: "10.88.0.11",
  after: "10.88.0.100",
};
const bind: Change = {
  kind: "static-pod-flag",
  host: "master1",
  flag: "bind-address",
  after: "10.88.0.11",
};
const LONG_AGO = 1_600_000_000;

describe("static-pod-flag", () => {
  itIsShownAs(change, {
    mark: "~",
    describe: "kube-apiserver: set --advertise-address=10.88.0.100 and restart",
    diff: "-     - --advertise-address=10.88.0.11\n+     - --advertise-address=10.88.0.100",
    interrupts: { what: "this host's apiserver, while the others serve", seconds: 5 },
  });

  it("that was not set, of the only apiserver, interrupts the API", () => {
    const only: Change = { ...bind, isOnly: true };
    expect(kindOf(only).diff?.(only)).toBe("+     - --bind-address=10.88.0.11");
    expect(kindOf(only).interrupts?.(only)).toEqual({
      what: "the API, because this is its only apiserver",
      seconds: 5,
    });
  });

  it("edits one line of the manifest, removes the old pod and waits for one with the flag", async () => {
    using sandbox = new Sandbox();
    sandbox.file(MANIFEST, manifest);
    sandbox.answer("crictl", 'case "$*" in *--label*) echo old ;; esac');
    sandbox.answer("pgrep", 'if [ -f "$SANDBOX/asked" ]; then exit 0; fi; touch "$SANDBOX/asked"; exit 1');
    sandbox.answer("curl", "printf 200");
    const notes: string[] = [];
    await kindOf(change).apply(change, contextOf(sandbox, "master1", notes));
    const after = manifest.replace("--advertise-address=10.88.0.11", "--advertise-address=10.88.0.100");
    expect(sandbox.read(MANIFEST)).toBe(after);
    expect(sandbox.calls("crictl").map((call) => call.slice(3).join(" "))).toEqual([
      "pods -q --namespace kube-system --label component=kube-apiserver",
      "stopp old",
      "rmp old",
    ]);
    expect(sandbox.calls("pgrep")).toHaveLength(2);
    expect(notes).toEqual(["waiting for the apiserver on master1"]);
  });

  it("restarts nothing while no other apiserver serves", async () => {
    using sandbox = new Sandbox();
    sandbox.file(MANIFEST, manifest);
    sandbox.answer("curl", "printf 500");
    await expect(make(sandbox, change)).rejects.toThrow(/^this apiserver is not restarted/);
    expect(sandbox.read(MANIFEST)).toBe(manifest);
    expect(sandbox.calls("crictl")).toEqual([]);
  });

  it("restarts the only apiserver, regardless of what an incomplete join left elsewhere", async () => {
    using sandbox = new Sandbox();
    sandbox.file(MANIFEST, manifest);
    sandbox.answer("curl", 'case "$*" in *//10.88.0.11:*) printf 200 ;; *) printf 000 ;; esac');
    await expect(make(sandbox, bind)).rejects.toThrow(/^this apiserver is not restarted/);
    await make(sandbox, { ...bind, isOnly: true });
    expect(sandbox.read(MANIFEST)).toContain("    - --bind-address=10.88.0.11\n");
  });

  it("restores the manifest of the only apiserver when it does not come up, which no rollback could", async () => {
    using sandbox = new Sandbox();
    sandbox.file(MANIFEST, manifest);
    sandbox.answer("curl", "printf 000");
    let clock = 0;
    const now = vi.spyOn(performance, "now").mockImplementation(() => (clock += 60_000));
    await expect(make(sandbox, { ...bind, isOnly: true })).rejects.toThrow(
      /^timed out after 120 s waiting for the apiserver on master1 to serve with --bind-address=10\.88\.0\.11; .*kube-apiserver\.yaml was restored$/,
    );
    now.mockRestore();
    expect(sandbox.read(MANIFEST)).toBe(manifest);
  });

  it("checks no apiserver on a machine that has none yet", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("curl", "printf 500");
    await expect(make(sandbox, bind)).rejects.toThrow(/does not exist$/);
  });

  it("fails if there is no manifest", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("curl", "printf 200");
    await expect(make(sandbox, change)).rejects.toMatchObject({
      host: "master1",
      message: `${MANIFEST} does not exist`,
    });
  });
});

describe("an apiserver's flag", () => {
  const cluster = (sandbox: Sandbox): void => {
    sandbox.file(MANIFEST, manifest);
    utimesSync(sandbox.path(MANIFEST), LONG_AGO, LONG_AGO);
    sandbox.answer("curl", "printf 200");
  };

  it("has its previous value again, and the manifest is the previous file", async () => {
    using sandbox = new Sandbox();
    cluster(sandbox);
    const before = await stateBefore(sandbox, change);
    await make(sandbox, change);
    expect(sandbox.read(MANIFEST)).not.toBe(manifest);
    await undoChange(sandbox, change, before);
    expect(sandbox.read(MANIFEST)).toBe(manifest);
    expect(statSync(sandbox.path(MANIFEST)).mtimeMs).toBe(LONG_AGO * 1000);
  });

  it("that was not set is removed again, and the manifest is the former file", async () => {
    using sandbox = new Sandbox();
    cluster(sandbox);
    sandbox.answer("pgrep", 'echo "1 kube-apiserver --advertise-address=10.88.0.11"');
    const before = await stateBefore(sandbox, bind);
    await make(sandbox, bind);
    expect(sandbox.read(MANIFEST)).toContain("--bind-address=10.88.0.11");
    expect(await driftOf(sandbox, bind, before)).toBeUndefined();
    expect(undoOf(bind).describe(bind, before)).toBe("kube-apiserver: remove --bind-address and restart");
    for (let n = 0; n < 2; n++) {
      await undoChange(sandbox, bind, before);
      expect(sandbox.read(MANIFEST)).toBe(manifest);
    }
    expect(statSync(sandbox.path(MANIFEST)).mtimeMs).toBe(LONG_AGO * 1000);
    expect(await driftOf(sandbox, bind, before)).toBeUndefined();
  });

  it("is the only change if the manifest has other edits since", async () => {
    using sandbox = new Sandbox();
    cluster(sandbox);
    const before = await stateBefore(sandbox, change);
    await make(sandbox, change);
    const edited = (text: string): string =>
      text.replace("--allow-privileged=true", "--allow-privileged=false");
    sandbox.file(MANIFEST, edited(sandbox.read(MANIFEST)));
    await undoChange(sandbox, change, before);
    expect(sandbox.read(MANIFEST)).toBe(edited(manifest));
    sandbox.file(
      MANIFEST,
      manifest.replace("--advertise-address=10.88.0.11", "--advertise-address=10.88.0.9"),
    );
    expect(await driftOf(sandbox, change, before)).toBe(`--advertise-address is 10.88.0.9 in ${MANIFEST}`);
  });
});

import { describe, expect, it, vi } from "vitest";
import { kindOf, type Change } from "../../src/changes/change.js";
import { Sandbox } from "../machine/sandbox.js";
import { preflight } from "../../src/steps/preflight/preflight.js";
import { recorded } from "../steps/recorded.js";
import { contextOf, make } from "./context.js";
import { joinOf, joinWorkerOf, memberless } from "./joining.js";

const TOKEN = "abcdef.0123456789abcdef";
const change = joinOf("master2", 2);

/** A cluster of one master whose etcd gets a second member, unstarted at first, as soon as kubeadm joins one. */
function cluster(healthy = true): Sandbox {
  const sandbox = new Sandbox();
  const member = (name: string, address: string) => ({
    name,
    peerURLs: [`https://${address}:2380`],
    clientURLs: [`https://${address}:2379`],
    healthy: true,
  });
  const first = { ...member("master1", "10.88.0.11"), healthy };
  const second = member("master2", "10.88.0.12");
  sandbox.web.etcd([first], [first, { peerURLs: second.peerURLs }], [first, second]);
  sandbox.web.api({ "/readyz": "ok" }, "10.88.0.12");
  sandbox.answer(
    "kubeadm",
    `case "$*" in token*) echo ${TOKEN} ;; join*) cat "$SANDBOX/run/k8s-ha/join.yaml" >"$SANDBOX/joined" ;; esac`,
  );
  sandbox.runsUnits();
  return sandbox;
}

describe("join", () => {
  it("joins with a token of its own that is in no script and on no disk afterwards", async () => {
    using sandbox = cluster();
    await make(sandbox, change);
    const config = sandbox.read("/joined");
    expect(config).toContain(`    token: "${TOKEN}"\n`);
    expect(config).toContain("    apiServerEndpoint: 10.88.0.100:6443\n");
    expect(config).toMatch(/^ {2}certificateKey: "[0-9a-f]{64}"$/m);
    expect(() => sandbox.read("/run/k8s-ha/join.yaml")).toThrow(/ENOENT/);
    const sent = sandbox.scripts.join("\n");
    expect(sent).not.toContain(TOKEN);
    expect(sent).not.toContain(/certificateKey: "(.*)"/.exec(config)?.[1]);
    expect(sandbox.calls("kubeadm").map(([, ...args]) => args.slice(0, 2).join(" "))).toEqual([
      "token create",
      "join --config",
    ]);
  });

  it("uses no uploaded certificates if they were copied", async () => {
    using sandbox = cluster();
    await make(sandbox, { ...change, certificates: "copied" });
    expect(sandbox.read("/joined")).not.toContain("certificateKey");
  });

  it("adds no member if it brings none, and waits only for its apiserver", async () => {
    using sandbox = cluster(false);
    await make(sandbox, { ...memberless(change), skipPhases: ["control-plane-join/etcd"] });
    expect(sandbox.commands("kubeadm").at(-1)).toBe(
      "kubeadm join --config /run/k8s-ha/join.yaml --skip-phases=control-plane-join/etcd",
    );
    expect(sandbox.commands("curl").filter((call) => call.includes("2379"))).toEqual([]);
  });

  it("passes kubeadm a folder with patches, and the checks to ignore", async () => {
    using sandbox = cluster();
    await make(sandbox, {
      ...change,
      patches: "/etc/kubernetes/patches",
      ignorePreflightErrors: ["Port-6443"],
    });
    expect(sandbox.commands("kubeadm").at(-1)).toBe(
      "kubeadm join --config /run/k8s-ha/join.yaml --experimental-patches=/etc/kubernetes/patches",
    );
    expect(sandbox.read("/joined")).toContain("  ignorePreflightErrors:\n  - Port-6443\n");
  });

  it("refuses to join while an etcd member is not healthy", async () => {
    using sandbox = cluster(false);
    await expect(make(sandbox, change)).rejects.toMatchObject({
      host: "master1",
      message: "not every other etcd member is a healthy voter: master1; no member is added",
    });
    expect(sandbox.calls("kubeadm")).toEqual([]);
  });

  it("reports kubeadm's output when it fails, and removes the token from the host", async () => {
    using sandbox = cluster();
    sandbox.answer(
      "kubeadm",
      `case "$*" in token*) echo ${TOKEN} ;; join*) echo "port 10250 is in use"; exit 1 ;; esac`,
    );
    await expect(make(sandbox, change)).rejects.toMatchObject({
      host: "master2",
      stderr: "port 10250 is in use\n",
    });
    expect(() => sandbox.read("/run/k8s-ha/join.yaml")).toThrow(/ENOENT/);
  });
});

describe("join-worker", () => {
  const worker = joinWorkerOf("worker1");

  it("joins as a worker, with a token of its own that is on no disk afterwards, regardless of etcd", async () => {
    using sandbox = cluster(false);
    await make(sandbox, worker);
    const config = sandbox.read("/joined");
    expect(config).toContain(`    token: "${TOKEN}"\n`);
    expect(config).toContain("    node-ip: 10.88.0.21\n");
    expect(config).not.toMatch(/controlPlane|taints/);
    expect(() => sandbox.read("/run/k8s-ha/join.yaml")).toThrow(/ENOENT/);
    expect(sandbox.scripts.join("\n")).not.toContain(TOKEN);
    const [create, join] = sandbox.calls("kubeadm").map(([, ...args]) => args);
    expect(create?.at(-1)).toBe("k8s-ha: lets one worker join");
    expect(join?.[0]).toBe("join");
  });
});

describe("static-pod-flag", () => {
  const manifest = recorded(preflight, "fresh").cluster?.manifest ?? "";
  const MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml";
  const flag: Change = {
    kind: "static-pod-flag",
    host: "master1",
    flag: "advertise-address",
    before: "10.88.0.11",
    after: "10.88.0.100",
  };

  it("edits one line of the manifest, removes the old pod and waits for one with the flag", async () => {
    using sandbox = new Sandbox();
    sandbox.file(MANIFEST, manifest);
    sandbox.answer("crictl", 'case "$*" in *--label*) echo old ;; esac');
    sandbox.answer("pgrep", 'if [ -f "$SANDBOX/asked" ]; then exit 0; fi; touch "$SANDBOX/asked"; exit 1');
    sandbox.answer("curl", "printf 200");
    const notes: string[] = [];
    await kindOf(flag).apply(flag, contextOf(sandbox, "master1", notes));
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
    await expect(make(sandbox, flag)).rejects.toThrow(/^this apiserver is not restarted/);
    expect(sandbox.read(MANIFEST)).toBe(manifest);
    expect(sandbox.calls("crictl")).toEqual([]);
  });

  const bind: Change = {
    kind: "static-pod-flag",
    host: "master1",
    flag: "bind-address",
    after: "10.88.0.11",
  };

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
    await expect(make(sandbox, flag)).rejects.toMatchObject({
      host: "master1",
      message: `${MANIFEST} does not exist`,
    });
  });
});

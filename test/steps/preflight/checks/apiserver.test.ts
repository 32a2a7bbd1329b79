import { describe, expect, it } from "vitest";
import { blocker } from "../../../../src/steps/preflight/check.js";
import { apiserver } from "../../../../src/steps/preflight/checks/apiserver.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { on } from "../../recorded.js";
import { looking } from "../looking.js";

const { problemsOf } = on("1.20.2");
const replaced = (from: string, to: string) =>
  problemsOf(apiserver, "fresh", (facts) => {
    expect(facts.manifest).toContain(from);
    facts.manifest = facts.manifest.replace(from, to);
  });

describe("check apiserver", () => {
  it("reports an apiserver that is not a static pod", async () => {
    using first = new Sandbox();
    using other = new Sandbox();
    const path = "/etc/kubernetes/manifests/kube-apiserver.yaml";
    other.file(path, "kind: Pod\n");
    const none = await apiserver.probe(looking(other, { master1: first }));
    expect(apiserver.problems(none, first.inventory)).toEqual([
      blocker(
        "master1",
        "kube-apiserver is not a static pod",
        "k8s-ha requires a cluster created by kubeadm",
      ),
    ]);
    first.file(path, "kind: Pod\n");
    expect(await apiserver.probe(looking(other, { master1: first }))).toEqual({ manifest: "kind: Pod\n" });
  });

  it("reports another port", () => {
    expect(replaced("--secure-port=6443", "--secure-port=8443")).toEqual([
      blocker("master1", "the apiserver listens on port 8443", "k8s-ha supports only port 6443"),
    ]);
  });

  it("accepts kubeadm's port, also as a default", () => {
    expect(problemsOf(apiserver, "fresh")).toEqual([]);
    expect(replaced("    - --secure-port=6443\n", "")).toEqual([]);
  });
});

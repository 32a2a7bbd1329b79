import { describe, expect, it } from "vitest";
import { flagProblems, mountProblems } from "../../../src/steps/preflight/apiserver-flags.js";

const manifest = `apiVersion: v1
kind: Pod
spec:
  containers:
  - command:
    - kube-apiserver
    - --authorization-mode=Node,RBAC
`;

describe("the apiserver's flags and mounts", () => {
  it.each(["apiServer:\n  extraArgs:\n  extraVolumes:\n", "apiServer:\n", "kind: ClusterConfiguration\n"])(
    "are compared with a ClusterConfiguration whose sections are empty: %j",
    (configuration) => {
      expect(flagProblems(manifest, configuration, "master1")).toEqual([]);
      expect(mountProblems(manifest, configuration, "master1")).toEqual([]);
    },
  );

  it("are not required in extraArgs if one sets an address of this machine", () => {
    const bound = `${manifest}    - --bind-address=10.88.0.11\n`;
    const problems = flagProblems(bound, "kind: ClusterConfiguration\n", "master1");
    expect(problems).toEqual([
      {
        severity: "warning",
        host: "master1",
        what: "kube-apiserver listens only on 10.88.0.11 (--bind-address in its manifest); new masters' apiservers will listen on all addresses",
        fix: "keep it, or remove the flag from /etc/kubernetes/manifests/kube-apiserver.yaml; in apiServer.extraArgs it would apply to every master",
      },
    ]);
    const patched = { "bind-address": "10.88.0.11" };
    expect(flagProblems(bound, "kind: ClusterConfiguration\n", "master1", patched)).toEqual([]);
  });
});

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
});

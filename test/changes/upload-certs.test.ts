import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { Sandbox } from "../machine/sandbox.js";
import { make, undoChange } from "./context.js";
import { initNode } from "./init-node.js";
import { itIsShownAs } from "./shown.js";

const change: Change = { kind: "upload-certs", host: "master1", ...initNode };

describe("upload-certs", () => {
  itIsShownAs(change, {
    mark: "+",
    describe: "kubeadm init phase upload-certs (certificate key: known when reached)",
    diff: "+ Secret kube-system/kubeadm-certs (encrypted, removed after the last join)",
  });

  it("passes kubeadm the key in a file that only root can read, and removes it again", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("kubeadm", 'cat "$SANDBOX/run/k8s-ha/upload-certs.yaml" >"$SANDBOX/seen"');
    await make(sandbox, change);
    const key = /^certificateKey: "([0-9a-f]{64})"$/m.exec(sandbox.read("/seen"))?.[1];
    expect(key).toBeDefined();
    expect(readdirSync(sandbox.path("/run/k8s-ha"))).toEqual([]);
    expect(sandbox.commands()).toEqual([
      "kubeadm init phase upload-certs --upload-certs --config /run/k8s-ha/upload-certs.yaml",
    ]);
    expect(sandbox.scripts.join("\n")).not.toContain(key);
  });
});

describe("uploaded certificates", () => {
  it("are removed, with only the grants that kubeadm created for them", async () => {
    using sandbox = new Sandbox();
    const SECRETS = "/api/v1/namespaces/kube-system/secrets?fieldSelector=";
    const RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system";
    sandbox.web.api({
      [`${SECRETS}type%3Dbootstrap.kubernetes.io/token`]: { items: [] },
      [`${SECRETS}metadata.name%3Dkubeadm-certs`]: { items: [] },
      [`${RBAC}/roles/kubeadm:kubeadm-certs`]: {},
      [`${RBAC}/rolebindings/kubeadm:kubeadm-certs`]: {},
    });
    await undoChange(sandbox, change, { grants: ["role/kubeadm:kubeadm-certs"] });
    const deleted = sandbox.commands("kubectl").filter((line) => line.includes("delete"));
    expect(deleted).toEqual([expect.stringMatching(/ delete rolebinding\/kubeadm:kubeadm-certs$/)]);
  });
});

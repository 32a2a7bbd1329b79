import { describe, expect, it } from "vitest";
import { blocker } from "../../../../src/steps/preflight/check.js";
import { adminAccess } from "../../../../src/steps/preflight/checks/admin-access.js";
import { Sandbox } from "../../../machine/sandbox.js";

async function problemsIf(kubectl: string) {
  using sandbox = new Sandbox();
  sandbox.answer("kubectl", kubectl);
  return adminAccess.problems(await adminAccess.probe(sandbox.fleet().look()), sandbox.inventory);
}

describe("check admin-access", () => {
  it("reports an admin.conf without full access", async () => {
    expect(await problemsIf("echo no; exit 1")).toEqual([
      blocker(
        "master1",
        "/etc/kubernetes/admin.conf does not have full access to the cluster (is ClusterRoleBinding kubeadm:cluster-admins missing?)",
        "on master1: kubectl --kubeconfig /etc/kubernetes/super-admin.conf create clusterrolebinding kubeadm:cluster-admins --clusterrole=cluster-admin --group=kubeadm:cluster-admins",
      ),
    ]);
  });

  it.each([
    ["full access", "echo yes"],
    ["an API that does not answer, which other checks report", "echo refused >&2; exit 1"],
  ])("accepts %s", async (_, kubectl) => {
    expect(await problemsIf(kubectl)).toEqual([]);
  });
});

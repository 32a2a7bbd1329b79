import { describe, expect, it } from "vitest";
import { kubeletClient } from "../../../../src/steps/preflight/checks/kubelet-client.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { labInventory } from "../../inventory.js";
import { looking, servesFreshCluster } from "../looking.js";

/** A first master and a new one; the output of kubectl and of the new one's kubeadm. */
async function answersOf({ kubectl = "true", group = "", isFirstWhole = true }, kubeadm = "v1.33.13") {
  using first = new Sandbox();
  using other = new Sandbox();
  using same = new Sandbox();
  servesFreshCluster(first, "v1.33.4");
  if (!isFirstWhole) first.web.etcd([]);
  first.answer("kubectl", kubectl);
  // The first master's own kubeadm no longer creates such a certificate.
  first.answer("kubeadm", "echo v1.33.13");
  same.answer("kubeadm", "echo v1.33.4");
  other.answer(
    "kubeadm",
    `[ "$1" != version ] || { echo ${kubeadm}; exit; }
while [ "$1" != --cert-dir ]; do shift; done; touch "$2/apiserver-kubelet-client.crt"`,
  );
  for (const sandbox of [other, same]) sandbox.answer("kubelet", "");
  const subject = [
    ...(group === "" ? [] : [`organizationName = ${group}`]),
    "commonName = kube-apiserver-kubelet-client",
  ];
  other.answer("openssl", `printf '%s\\n' subject= ${subject.map((line) => `'    ${line}'`).join(" ")}`);
  const facts = await kubeletClient.probe(looking(first, { master2: other, master3: same }));
  const starts = other.calls("kubeadm").filter(([, command]) => command === "init");
  expect(first.calls("kubeadm")).toEqual([]);
  expect(facts.failures).toEqual([]);
  return {
    found: [...facts.found],
    starts: starts.length,
    problems: kubeletClient.problems(facts, labInventory()),
  };
}

describe("check kubelet-client", () => {
  it("creates no test certificate if kubeadm has the cluster's version", async () => {
    expect(await answersOf({}, "v1.33.4")).toEqual({ found: [], starts: 0, problems: [] });
  });

  it("reports a ClusterRoleBinding that is missing and a newer kubeadm requires", async () => {
    const { found, problems } = await answersOf({});
    expect(found).toEqual([["master2", true]]);
    expect(problems).toEqual([
      {
        severity: "blocker",
        host: "master2",
        what: "this cluster's kubelets would reject the apiserver that this kubeadm creates, so kubectl logs and exec would fail: ClusterRoleBinding kubeadm:apiserver-kubelet-client is missing",
        fix: "on master1: kubectl --kubeconfig /etc/kubernetes/admin.conf create clusterrolebinding kubeadm:apiserver-kubelet-client --clusterrole=system:kubelet-api-admin --user=kube-apiserver-kubelet-client",
      },
    ]);
  });

  it("accepts a cluster that has the ClusterRoleBinding, without a test certificate", async () => {
    const kubectl = "echo clusterrolebinding.rbac.authorization.k8s.io/kubeadm:apiserver-kubelet-client";
    expect(await answersOf({ kubectl })).toEqual({ found: [], starts: 0, problems: [] });
  });

  it("accepts a newer kubeadm whose certificate has a group", async () => {
    const { found, problems } = await answersOf({ group: "kubeadm:cluster-admins" }, "v1.33.9");
    expect(found).toEqual([["master2", false]]);
    expect(problems).toEqual([]);
  });

  it("does not fail if admin.conf lacks access, which another check reports", async () => {
    const { found } = await answersOf({ kubectl: "echo Forbidden >&2; exit 1" });
    expect(found).toEqual([]);
  });

  it("does not query the first master's kubeadm, even if that master is incomplete", async () => {
    expect((await answersOf({ isFirstWhole: false })).found).toEqual([["master2", true]]);
  });
});

import { describe, expect, it } from "vitest";
import { members } from "../../../src/inventory/targets.js";
import { Fleet } from "../../../src/machine/fleet.js";
import { type Joining, joining, joiningProblems } from "../../../src/steps/preflight/joining.js";
import { Sandbox } from "../../machine/sandbox.js";
import { labInventory } from "../inventory.js";

/** A first master and a new one; what kubectl, curl and the new one's kubeadm say. */
async function found(
  { kubectl = "true", status = "200", group = "" },
  kubeadm = "v1.33.13",
): Promise<{ facts: Joining; starts: number }> {
  using first = new Sandbox();
  using other = new Sandbox();
  first.answer("kubectl", kubectl);
  first.answer("curl", `printf %s ${status}`);
  other.answer(
    "kubeadm",
    'while [ "$1" != --cert-dir ]; do shift; done; touch "$2/apiserver-kubelet-client.crt"',
  );
  const subject = [
    ...(group === "" ? [] : [`organizationName = ${group}`]),
    "commonName = kube-apiserver-kubelet-client",
  ];
  other.answer("openssl", `printf '%s\\n' subject= ${subject.map((line) => `'    ${line}'`).join(" ")}`);
  const connections = members(labInventory()).map(
    ({ name }) => [name, name === "master2" ? other : first] as const,
  );
  const fleet = new Fleet(labInventory(), new Map(connections)).look();
  const facts = await joining(fleet, "v1.33.4", [
    // The first master's own kubeadm makes no such certificate any more.
    ["master1", "v1.33.13"],
    ["master2", kubeadm],
  ]);
  return { facts, starts: other.calls("kubeadm").length };
}

describe("what joins need from the API", () => {
  it("is available if kubeadm has the cluster's version, without creating a test certificate", async () => {
    const { facts, starts } = await found({}, "v1.33.4");
    expect(facts).toEqual({ clusterInfo: "200", unbound: [] });
    expect(starts).toBe(0);
    expect(joiningProblems(facts, "master1")).toEqual([]);
  });

  it("lacks a ClusterRoleBinding that a newer kubeadm requires", async () => {
    const { facts } = await found({});
    expect(facts.unbound).toEqual(["master2"]);
    const [problem] = joiningProblems(facts, "master1");
    expect(problem).toMatchObject({ severity: "blocker", host: "master2" });
    expect(problem?.fix).toContain("create clusterrolebinding kubeadm:apiserver-kubelet-client");
  });

  it("requires none if it exists, or the newer kubeadm's certificate has a group", async () => {
    const bound = await found({
      kubectl: "echo clusterrolebinding.rbac.authorization.k8s.io/kubeadm:apiserver-kubelet-client",
    });
    expect([bound.facts.unbound, bound.starts]).toEqual([[], 0]);
    expect((await found({ group: "kubeadm:cluster-admins" }, "v1.33.9")).facts.unbound).toEqual([]);
  });

  it.each(["401", "403", "000"])("lacks anonymous access to cluster-info (%s)", async (status) => {
    const { facts } = await found({ status }, "v1.33.4");
    expect(joiningProblems(facts, "master1")).toMatchObject([
      { severity: "blocker", host: "master1", what: expect.stringContaining(`status ${status}`) as string },
    ]);
  });

  it("does not fail if admin.conf lacks access, which another check reports", async () => {
    expect((await found({ kubectl: "echo Forbidden >&2; exit 1" })).facts.unbound).toEqual([]);
  });
});

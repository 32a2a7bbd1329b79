import { describe, expect, it } from "vitest";
import { Sandbox } from "../../machine/sandbox.js";
import { clusterConfiguration } from "../../../src/steps/certificates/cluster-configuration.js";
import { NOTHING, must, on } from "../recorded.js";

const { planOf, recorded } = on("1.20.2");

const before = recorded(clusterConfiguration, "fresh").clusterConfiguration;
const after = must(recorded(clusterConfiguration, "migrated").staged).content;
const DEFAULTS = { cluster: { advertise: "node", kubeconfigs: "local" } };

describe("cluster-configuration", () => {
  it("stages the configuration on the first master, where kubeadm can read it", () => {
    const file = {
      kind: "file",
      host: "master1",
      path: "/var/lib/k8s-ha/cluster-configuration.yaml",
      content: after,
      mode: "0600",
      owner: "root:root",
      before,
    };
    const plan = planOf(clusterConfiguration, "fresh", undefined, DEFAULTS);
    expect(plan).toEqual({ changes: [file], problems: [] });
  });

  it("contains the endpoint, the SANs and the advertised address", () => {
    const { content } = must(recorded(clusterConfiguration, "endpoint").staged);
    for (const line of [
      "controlPlaneEndpoint: 10.88.0.100:6443",
      "    advertise-address: 10.88.0.100",
      "  - master3",
    ]) {
      expect(content.split("\n")).toContain(line);
      expect(before.split("\n")).not.toContain(line);
    }
  });

  it("is complete if the cluster has it, staged or not", () => {
    expect(planOf(clusterConfiguration, "endpoint")).toEqual(NOTHING);
    expect(
      planOf(clusterConfiguration, "endpoint", (facts) => {
        facts.staged = undefined;
      }),
    ).toEqual(NOTHING);
  });

  it("does not stage a file again that an interrupted run staged", () => {
    const staged = must(recorded(clusterConfiguration, "migrated").staged);
    const edit = (facts: { staged?: typeof staged | undefined }) => {
      facts.staged = staged;
    };
    expect(planOf(clusterConfiguration, "fresh", edit, DEFAULTS)).toEqual(NOTHING);
  });

  it("replaces an outdated staged file", () => {
    const { changes } = planOf(
      clusterConfiguration,
      "endpoint",
      ({ staged }) => {
        must(staged).content += "# edited\n";
      },
      { cluster: { advertise: "node" } },
    );
    expect(changes).toHaveLength(1);
    const { content } = changes[0] as { content: string };
    expect(content).not.toContain("advertise-address");
    expect(content).toContain("authorization-mode: Node,RBAC");
  });
});

/** The verification of a live text and a staged one, with shell code in place of kubeadm. */
async function proofOf(kubeadm: string, live = before, staged = after) {
  using sandbox = new Sandbox();
  const addresses = [{ type: "InternalIP", address: "10.88.0.11" }];
  const items = [{ metadata: { name: "master1" }, status: { addresses } }];
  sandbox.web.api({
    "/api/v1/nodes": { items },
    "/api/v1/namespaces/kube-system/configmaps/kubeadm-config": {
      metadata: {},
      data: { ClusterConfiguration: live },
    },
  });
  sandbox.answer("kubeadm", kubeadm);
  sandbox.file("/var/lib/k8s-ha/cluster-configuration.yaml", staged);
  return (await clusterConfiguration.verify?.(sandbox.fleet().look())) ?? [];
}

describe("verification of cluster-configuration", () => {
  it.each([
    ["exit 0", "yes"],
    ["echo 'unknown field' >&2; exit 1", "no: unknown field"],
  ])("reports kubeadm's result: %s", async (kubeadm, actual) => {
    const [check] = await proofOf(kubeadm);
    expect(check?.actual).toBe(actual);
  });

  it("passes kubeadm the text with the endpoint and a CRI socket, because kubeadm does not choose between two runtimes", async () => {
    const [check] =
      await proofOf(`cat >"$SANDBOX/seen"; grep -q 'criSocket: .*/containerd.sock' "$SANDBOX/seen" &&
grep -q 'controlPlaneEndpoint: 10.88.0.100:6443' "$SANDBOX/seen"`);
    expect(check?.actual).toBe("yes");
  });

  it("checks the current cluster, not what an earlier run staged", async () => {
    const upgraded = after.replace("kubernetesVersion: v1.20.2", "kubernetesVersion: v1.22.1");
    const tooOld = "grep -q 'kubernetesVersion: v1.22.1' || { echo 'v1.20.2 is too old' >&2; exit 1; }";
    expect(await proofOf(tooOld, upgraded, after)).toMatchObject([{ actual: "yes" }]);
    const broken = `${after}nonsense: true\n`;
    const strict = "if grep -q nonsense; then echo 'unknown field' >&2; exit 1; fi";
    expect(await proofOf(strict, broken, after)).toMatchObject([{ actual: "no: unknown field" }]);
  });
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import { kubeletKubeconfig } from "../../../../src/steps/preflight/checks/kubelet-kubeconfig.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { labInventory } from "../../inventory.js";
import { looking } from "../looking.js";

const KUBELET_CONF = "/etc/kubernetes/kubelet.conf";
const problems = (...paths: (string | null)[]) =>
  kubeletKubeconfig.problems({ found: new Map([["worker1", paths]]), failures: [] }, labInventory());

/** Runs a process with the name of a kubelet until the test ends. */
async function kubelet(...options: string[]): Promise<void> {
  const child = spawn("bash", ["-c", "printf kubelet >/proc/$$/comm; read -r line", "kubelet", ...options]);
  onTestFinished(() => void child.kill());
  await once(child, "spawn");
}

/** Serves nodes of these machines. */
function serves(first: Sandbox, ...machines: readonly (readonly [string, string, string])[]): void {
  first.answer("kubelet", "");
  first.web.login();
  first.web.api({
    "/api/v1/nodes": {
      items: machines.map(([name, address, status]) => ({
        metadata: { name },
        status: { addresses: [{ type: "InternalIP", address }], conditions: [{ type: "Ready", status }] },
      })),
    },
  });
}

describe("check kubelet-kubeconfig", () => {
  it("reads the option of running kubelets, in both forms", async () => {
    using first = new Sandbox();
    serves(first, ["master1", "10.88.0.11", "True"]);
    const [one, other] = [crypto.randomUUID(), crypto.randomUUID()];
    await Promise.all([
      kubelet(`--kubeconfig=/tmp/${one}`, "--v=2"),
      kubelet("--kubeconfig", `/tmp/${other}`),
    ]);
    // This machine may have other kubelets.
    await expect
      .poll(async () => (await kubeletKubeconfig.probe(looking(first))).found.get("master1"))
      .toEqual(expect.arrayContaining([`/tmp/${one}`, `/tmp/${other}`]));
    await kubelet("--v=2");
    await expect
      .poll(async () => (await kubeletKubeconfig.probe(looking(first))).found.get("master1"))
      .toContain(null);
  });

  it("asks about no node that is not Ready, and about no machine that is no node", async () => {
    using first = new Sandbox();
    serves(first, ["master1", "10.88.0.11", "True"], ["worker1", "10.88.0.21", "False"]);
    const { found } = await kubeletKubeconfig.probe(looking(first));
    expect([...found.keys()]).toEqual(["master1"]);
  });

  it("accepts kubeadm's file, also beside the kubelet of a cluster in containers", () => {
    expect(problems(KUBELET_CONF)).toEqual([]);
    expect(problems("/other.conf", KUBELET_CONF)).toEqual([]);
  });

  it("reports another file", () => {
    expect(problems("/var/lib/kubelet/kubeconfig")).toEqual([
      {
        severity: "blocker",
        host: "worker1",
        what: "the kubelet uses the kubeconfig /var/lib/kubelet/kubeconfig, which k8s-ha does not change",
        fix: `on worker1: copy /var/lib/kubelet/kubeconfig to ${KUBELET_CONF}, set --kubeconfig=${KUBELET_CONF} in the kubelet's service, and restart the kubelet`,
      },
    ]);
  });

  it.each([[[]], [[null]]])("reports a kubelet whose file is unknown (%j)", (paths) => {
    expect(problems(...paths)).toMatchObject([
      {
        severity: "blocker",
        host: "worker1",
        what: "the kubeconfig of the kubelet is unknown: no running kubelet has the option --kubeconfig",
      },
    ]);
  });
});

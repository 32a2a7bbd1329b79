import { describe, expect, it } from "vitest";
import { missingTools } from "../../src/cluster/tools.js";
import { Sandbox } from "../machine/sandbox.js";
import { labInventory, type Overrides } from "../steps/inventory.js";

/** The tools that a machine is checked for. */
async function askedOf(name: string, overrides: Overrides = {}): Promise<string[]> {
  using sandbox = new Sandbox(labInventory(overrides));
  await missingTools(sandbox.fleet().look(), name);
  expect(sandbox.scripts).toHaveLength(1);
  return /for t in (.*); do command/.exec(sandbox.scripts[0] ?? "")?.[1]?.split(" ") ?? [];
}

describe("missingTools", () => {
  it("queries the programs that later steps run on machines of the group", async () => {
    const master = await askedOf("master2");
    expect(master).toEqual(expect.arrayContaining(["curl", "pgrep", "kubeadm", "kubelet", "kubectl"]));
    expect(master).not.toContain("sysctl");
    const worker = await askedOf("worker1");
    expect(worker).toEqual(expect.arrayContaining(["curl", "ss"]));
    expect(worker).not.toContain("kubeadm");
    const balancer = await askedOf("lb1");
    expect(balancer).toEqual(expect.arrayContaining(["ip", "sysctl"]));
    // k8s-ha installs it.
    expect(balancer).not.toContain("curl");
  });

  it("queries the tools of both groups of a machine, each once", async () => {
    const loadBalancers = ["master1", "master2", "master3"].map((master) => ({ master }));
    const asked = await askedOf("master1", { loadBalancers });
    expect(asked).toEqual(expect.arrayContaining(["kubeadm", "sysctl"]));
    expect(new Set(asked).size).toBe(asked.length);
  });

  it("returns those that the machine lacks", async () => {
    using sandbox = new Sandbox();
    sandbox.lacks("kubeadm");
    sandbox.lacks("crictl");
    sandbox.answer("kubelet", "");
    expect(await missingTools(sandbox.fleet().look(), "master2")).toEqual(["kubeadm", "crictl"]);
    expect(await missingTools(sandbox.fleet().look(), "worker1")).toEqual([]);
  });
});

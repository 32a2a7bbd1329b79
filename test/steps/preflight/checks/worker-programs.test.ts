import { describe, expect, it } from "vitest";
import { workerPrograms } from "../../../../src/steps/preflight/checks/worker-programs.js";
import type { Connection } from "../../../../src/transport/transport.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { labInventory } from "../../inventory.js";
import { looking, servesFreshCluster, without } from "../looking.js";

/** The probe's result on a clean machine that is to join as a worker. */
async function look(
  prepare: (worker: Sandbox) => void = () => undefined,
  connect: (worker: Sandbox) => Connection = (worker) => worker,
) {
  using first = new Sandbox();
  using worker = new Sandbox();
  servesFreshCluster(first);
  worker.answer("kubeadm", "echo v1.20.2");
  worker.answer("kubelet", "echo Kubernetes v1.20.2");
  prepare(worker);
  const facts = await workerPrograms.probe(looking(first, { worker1: connect(worker) }));
  return { facts, problems: workerPrograms.problems(facts, labInventory()) };
}

describe("check worker-programs", () => {
  it("accepts a machine with kubeadm and kubelet of the cluster's version", async () => {
    const { facts, problems } = await look();
    expect(facts).toEqual({
      kubernetesVersion: "v1.20.2",
      programs: {
        found: new Map([["worker1", { missing: [], versions: { kubeadm: "v1.20.2", kubelet: "v1.20.2" } }]]),
        failures: [],
      },
    });
    expect(problems).toEqual([]);
  });

  it("reports a program that is missing, and one of another minor version", async () => {
    const { problems } = await look((worker) => {
      worker.lacks("kubelet");
      worker.answer("kubeadm", "echo v1.21.14");
    });
    expect(problems).toEqual([
      {
        severity: "blocker",
        host: "worker1",
        what: "kubelet is not installed, and worker1 is not yet a node of the cluster",
        fix: "install it so that worker1 can join as a worker, or remove worker1 from the inventory",
      },
      {
        severity: "blocker",
        host: "worker1",
        what: "kubeadm is v1.21.14, the cluster is v1.20.2",
        fix: "install kubeadm and kubelet v1.20.2 on worker1",
      },
    ]);
  });

  it("reports a kubelet of another minor version", async () => {
    const { problems } = await look((worker) => {
      worker.answer("kubelet", "echo Kubernetes v1.21.14");
    });
    expect(problems.map(({ what }) => what)).toEqual(["kubelet is v1.21.14, the cluster is v1.20.2"]);
  });

  it("skips a machine that lacks the tools that every machine needs", async () => {
    const { facts } = await look(undefined, (worker) => without("ss", worker));
    expect(facts.programs).toEqual({ found: new Map(), failures: [] });
  });

  it.each([
    ["v1.20.2", ["crictl is not installed, and worker1 is not yet a node of the cluster"]],
    ["v1.37.2", []],
  ] as const)("requires crictl if kubeadm %s does", (version, whats) => {
    const programs = { missing: ["crictl"], versions: { kubeadm: version, kubelet: version } };
    const found = new Map([["worker1", programs]]);
    const facts = { kubernetesVersion: version, programs: { found, failures: [] } };
    expect(workerPrograms.problems(facts, labInventory()).map(({ what }) => what)).toEqual(whats);
  });
});

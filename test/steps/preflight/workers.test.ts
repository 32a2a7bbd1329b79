import { describe, expect, it } from "vitest";
import { members } from "../../../src/inventory/targets.js";
import { Fleet } from "../../../src/machine/fleet.js";
import { workerFacts, workerProblems } from "../../../src/steps/preflight/workers.js";
import { Sandbox } from "../../machine/sandbox.js";
import { labInventory } from "../inventory.js";

const ClusterConfiguration = "kubernetesVersion: v1.20.2\n";

/** Makes port probes end as a piece of shell says; every other use of the program stays the real one. */
function probesEnd(sandbox: Sandbox, shell: string): void {
  sandbox.answer("timeout", `case "$*" in */dev/tcp/*) ${shell} ;; *) shift; exec "$@" ;; esac`);
}

/** The look at a machine that nobody touched, which is to join as a worker. */
async function look(prepare: (worker: Sandbox) => void, lacking: readonly string[] = []) {
  using first = new Sandbox();
  using worker = new Sandbox();
  first.web.api({
    "/api/v1/nodes": { items: [] },
    "/api/v1/namespaces/kube-system/configmaps/kubeadm-config": { data: { ClusterConfiguration } },
  });
  probesEnd(first, "echo 'Connection refused'; exit 1");
  probesEnd(worker, 'case "$*" in *10.88.0.11/6443*) exit 0 ;; esac; exit 124');
  worker.answer("ss", "");
  for (const tool of ["pgrep", "crictl", "ip"]) worker.answer(tool, "");
  worker.answer("kubeadm", "echo v1.20.2");
  worker.answer("kubelet", "echo Kubernetes v1.20.2");
  prepare(worker);
  const inventory = labInventory();
  const connections = members(inventory).map(
    ({ name }) => [name, name === "worker1" ? worker : first] as const,
  );
  const facts = await workerFacts(new Fleet(inventory, new Map(connections)).look(), lacking);
  return { facts, problems: workerProblems(facts, inventory).map(({ what }) => what) };
}

describe("the probe of a machine that is to join as a worker", () => {
  it("reports no blocker if the endpoint does not exist yet", async () => {
    const { facts, problems } = await look(() => undefined);
    expect(facts.newcomers).toEqual([
      {
        name: "worker1",
        missingTools: [],
        versions: { kubeadm: "v1.20.2", kubelet: "v1.20.2" },
        occupant: "",
        toEndpoint: "silent",
        toFirstMaster: "open",
        fromFirstMaster: "refused",
        refusals: [],
      },
    ]);
    expect(problems).toEqual([]);
  });

  it("reports another kubelet, a port in use and no answer", async () => {
    const { problems } = await look((worker) => {
      worker.answer("kubelet", "echo Kubernetes v1.21.14");
      worker.answer("ss", `echo 'LISTEN 0 5 0.0.0.0:10250 0.0.0.0:* users:(("socat",pid=1,fd=5))'`);
      probesEnd(worker, "exit 124");
    });
    expect(problems).toEqual([
      "kubelet is v1.21.14, the cluster is v1.20.2",
      "port 10250 is in use by socat",
      "neither 10.88.0.100:6443 nor port 6443 of master1 answers",
    ]);
  });

  it("skips a machine that lacks the tools that every machine needs", async () => {
    expect((await look(() => undefined, ["worker1"])).facts.newcomers).toEqual([]);
  });
});

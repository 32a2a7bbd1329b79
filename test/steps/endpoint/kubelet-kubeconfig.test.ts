import { describe, expect, it } from "vitest";
import { kubeletKubeconfig } from "../../../src/steps/endpoint/kubelet-kubeconfig.js";
import { health } from "../../../src/steps/preflight/checks/health.js";
import { Sandbox } from "../../machine/sandbox.js";
import { labInventory } from "../inventory.js";
import { looking } from "../preflight/looking.js";
import { NOTHING, must, named, on } from "../recorded.js";

const { planOf, found } = on("1.20.2");

const FORMER = "https://10.88.0.11:6443";
const ENDPOINT = "https://10.88.0.100:6443";
const edit = (host: string, from: string, to = ENDPOINT) => ({
  kind: "kubeconfig",
  host,
  path: "/etc/kubernetes/kubelet.conf",
  from,
  to,
});
const restart = (host: string, node = host) => ({
  kind: "kubelet-restart",
  host,
  node,
  kubeletVersion: "v1.20.2",
});

describe("kubelet-kubeconfig", () => {
  it("moves the kubelets of the existing nodes, one at a time", () => {
    expect(planOf(kubeletKubeconfig, "fresh")).toEqual({
      changes: [edit("master1", FORMER), restart("master1"), edit("worker1", FORMER), restart("worker1")],
      problems: [],
    });
    expect(kubeletKubeconfig.rollout).toBe("one-by-one");
  });

  it("passes the version of each kubelet to its restart", () => {
    const { changes } = planOf(kubeletKubeconfig, "fresh", ({ hosts }) => {
      named(hosts, "worker1").kubeletVersion = "v1.34.4";
    });
    expect(changes.at(-1)).toEqual({ ...restart("worker1"), kubeletVersion: "v1.34.4" });
  });

  it("changes no kubelets that use the endpoint", () => {
    expect(planOf(kubeletKubeconfig, "endpoint")).toEqual(NOTHING);
  });

  it("moves the one kubelet that was joined past the endpoint, under its node's own name", () => {
    const { changes } = planOf(kubeletKubeconfig, "endpoint", ({ hosts }) => {
      const worker = named(hosts, "worker1");
      worker.node = "worker1.example.org";
      must(worker.file).servers = ["https://10.88.0.12:6443"];
    });
    expect(changes).toEqual([
      edit("worker1", "https://10.88.0.12:6443"),
      restart("worker1", "worker1.example.org"),
    ]);
  });

  it("restarts a kubelet that is still connected to another server: an interrupted run edited its file and did not restart it", () => {
    const { changes } = planOf(kubeletKubeconfig, "endpoint", ({ hosts }) => {
      named(hosts, "master2").connectedTo = ["10.88.0.11:6443"];
    });
    expect(changes).toEqual([restart("master2")]);
  });

  it("restarts no kubelet that is currently not connected, or connected to the endpoint and another server", () => {
    const plan = planOf(kubeletKubeconfig, "endpoint", ({ hosts }) => {
      named(hosts, "master2").connectedTo = [];
      named(hosts, "worker1").connectedTo = ["10.88.0.11:6443", "10.88.0.100:6443"];
    });
    expect(plan).toEqual(NOTHING);
  });

  const byName = (vip?: string) => {
    const named = "api.example.org:6443";
    return planOf(
      kubeletKubeconfig,
      "endpoint",
      ({ hosts }) => {
        for (const { file } of hosts) if (file !== undefined) file.servers = [`https://${named}`];
        hosts.forEach((host, i) => (host.connectedTo = [i === 0 ? "10.88.0.11:6443" : "10.88.0.100:6443"]));
      },
      vip === undefined
        ? { cluster: { endpoint: named }, loadBalancer: "external", loadBalancers: [] }
        : { cluster: { endpoint: named, vip } },
    ).changes;
  };

  it("compares with the VIP if the endpoint is a name", () => {
    expect(byName("10.88.0.100")).toEqual([restart("master1")]);
  });

  it("restarts only kubelets that connect to a master directly if the name's address is unknown", () => {
    expect(byName()).toEqual([restart("master1")]);
  });

  it("leaves masters on their own apiserver in local mode, and moves the workers", () => {
    const { changes } = planOf(kubeletKubeconfig, "fresh", (facts) => {
      facts.isLocal = true;
    });
    expect(changes).toEqual([edit("worker1", FORMER), restart("worker1")]);
  });

  it("moves masters without local mode", () => {
    const { changes } = planOf(kubeletKubeconfig, "fresh", (facts) => {
      facts.isLocal = false;
    });
    expect(changes.map(({ host }) => host)).toEqual(["master1", "master1", "worker1", "worker1"]);
  });

  it("moves a master in local mode to its own apiserver, and verifies that it is there", () => {
    const { changes } = planOf(kubeletKubeconfig, "endpoint", (facts) => {
      facts.isLocal = true;
      const { file } = named(facts.hosts, "master2");
      if (file !== undefined) file.servers = ["https://10.88.0.12:6443"];
      named(facts.hosts, "master2").connectedTo = ["10.88.0.12:6443"];
    });
    expect(changes).toEqual([
      edit("master1", ENDPOINT, "https://10.88.0.11:6443"),
      restart("master1"),
      edit("master3", ENDPOINT, "https://10.88.0.13:6443"),
      restart("master3"),
    ]);
  });

  it("waits for no node that does not exist", () => {
    const { changes } = planOf(kubeletKubeconfig, "fresh", (facts) => {
      named(facts.hosts, "worker1").node = undefined;
    });
    expect(changes).toEqual([edit("master1", FORMER), restart("master1")]);
  });

  it("follows the endpoint to another port, on every node", () => {
    const { changes } = planOf(kubeletKubeconfig, "endpoint", undefined, {
      cluster: { endpoint: "10.88.0.100:16443" },
    });
    expect(changes).toEqual(
      ["master1", "master2", "master3", "worker1"]
        .flatMap((host) => [edit(host, ENDPOINT, "https://10.88.0.100:16443"), restart(host)])
        .toSorted((a, b) => Number(a.host === "worker1") - Number(b.host === "worker1")),
    );
  });

  it("fails verification on a machine without a node", async () => {
    using sandbox = new Sandbox();
    const list = { items: found(health, "fresh").nodes.slice(0, 1) };
    const data = { ClusterConfiguration: "kubernetesVersion: v1.20.2\n" };
    sandbox.web.api({
      "/api/v1/nodes": list,
      "/api/v1/namespaces/kube-system/configmaps/kubeadm-config": { metadata: {}, data },
    });
    sandbox.file("/etc/kubernetes/kubelet.conf", `    server: ${ENDPOINT}\n`);
    const checks = (await kubeletKubeconfig.verify?.(sandbox.fleet().look())) ?? [];
    expect(checks.filter(({ host }) => host === "worker1")).toEqual([
      {
        host: "worker1",
        what: "node at 10.88.0.21",
        expected: "known to the cluster",
        actual: "none",
        ok: false,
      },
    ]);
  });

  describe.each([
    ["v1.20.2", "the endpoint", "10.88.0.100"],
    ["v1.33.13", "its own apiserver", "10.88.0.11"],
  ])("on %s", (kubernetesVersion, whom, own) => {
    it.each([
      [own, "10.88.0.100", true],
      ["10.88.0.12", "10.88.0.11", false],
    ])(
      `verifies that a master's kubelet is connected to ${whom}, and a worker's to the endpoint`,
      async (master, worker, ok) => {
        const inventory = labInventory({ controlPlane: [{ name: "master1", address: "10.88.0.11" }] });
        using first = new Sandbox(inventory);
        using other = new Sandbox(inventory);
        first.web.login();
        first.web.api({
          "/api/v1/nodes": { items: found(health, "fresh").nodes },
          "/api/v1/namespaces/kube-system/configmaps/kubeadm-config": {
            metadata: {},
            data: { ClusterConfiguration: `kubernetesVersion: ${kubernetesVersion}\n` },
          },
        });
        for (const [sandbox, peer] of [
          [first, master],
          [other, worker],
        ] as const) {
          sandbox.file("/etc/kubernetes/kubelet.conf", "");
          sandbox.answer("ss", `echo '0 0 10.88.0.9:40000 ${peer}:6443 users:(("kubelet",pid=1,fd=9))'`);
        }
        const checks =
          (await kubeletKubeconfig.verify?.(looking(first, { worker1: other }, inventory))) ?? [];
        const connections = checks.filter(({ what }) => what === "apiserver of the running kubelet");
        expect(connections).toEqual([
          expect.objectContaining({ host: "master1", expected: `https://${own}:6443`, ok }),
          expect.objectContaining({ host: "worker1", expected: ENDPOINT, ok }),
        ]);
      },
    );
  });
});

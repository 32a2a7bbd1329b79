import { describe, expect, it } from "vitest";
import { kindOf, type Change } from "../../../src/changes/change.js";
import { join } from "../../../src/steps/control-plane/join.js";
import type { Overrides } from "../inventory.js";
import type { FactsState } from "../../recorded/facts-file.js";
import { NOTHING, externalEtcd, must, named, on, oneEtcd, type Editable } from "../recorded.js";

const { planOf, recorded } = on("1.20.2");

type Facts = Editable<Awaited<ReturnType<typeof join.probe>>>;

const joinOf = (state: FactsState, name: string, address: string, members: number) => ({
  kind: "join",
  host: name,
  kubernetesVersion: "v1.20.2",
  endpoint: "10.88.0.100:6443",
  caCertHash: recorded(join, state).caCertHash,
  nodeName: name,
  address,
  criSocket: "/run/containerd/containerd.sock",
  etcdDataDir: "/var/lib/etcd",
  certificates: "uploaded",
  estimate: { databaseBytes: recorded(join, state).databaseBytes },
  members,
});
const JOIN_2 = joinOf("fresh", "master2", "10.88.0.12", 2);
const JOIN_3 = joinOf("fresh", "master3", "10.88.0.13", 3);

const blocker = (host: string, what: string, fix: string) => ({ severity: "blocker", host, what, fix });

describe("join", () => {
  it("joins the two new masters in the inventory's order", () => {
    expect(planOf(join, "fresh")).toEqual({ changes: [JOIN_2, JOIN_3], problems: [] });
    expect(join.rollout).toBe("one-by-one");
  });

  it("joins a dual-stack node with both of its addresses", () => {
    const controlPlane = [1, 2, 3].map((n) => ({
      name: `master${n}`,
      address: `10.88.0.1${n}`,
      ...(n === 2 && { secondAddress: "fd00:88::12" }),
    }));
    const { changes } = planOf(join, "fresh", undefined, { controlPlane });
    expect(changes).toEqual([{ ...JOIN_2, secondAddress: "fd00:88::12" }, JOIN_3]);
  });

  it("joins with the proxy variables of the first master's static pods", () => {
    const proxy = { HTTPS_PROXY: "http://10.9.0.1:3128", NO_PROXY: "10.88.0.0/16" };
    const { changes } = planOf(join, "fresh", (facts) => (facts.proxy = proxy));
    expect(changes).toEqual([JOIN_2, JOIN_3].map((one) => ({ ...one, proxy })));
  });

  it("estimates from the size of etcd's database, and warns of a large one", () => {
    const databaseBytes = 1e9;
    const plan = planOf(join, "fresh", (facts) => (facts.databaseBytes = databaseBytes));
    expect(plan.changes).toEqual([JOIN_2, JOIN_3].map((one) => ({ ...one, estimate: { databaseBytes } })));
    expect(plan.problems).toMatchObject([{ severity: "warning", host: "master2" }]);
  });

  it("plans nothing with three masters", () => {
    expect(planOf(join, "endpoint")).toEqual(NOTHING);
  });

  it("marks a working master whose node lost its label, and does not reset it", () => {
    const marks = { labels: ["node-role.kubernetes.io/control-plane"], taints: [] };
    const { changes, problems } = planOf(join, "endpoint", (facts: Facts) => {
      Object.assign(facts, { marks });
      must(facts.states[2]).lacksLabel = true;
    });
    expect(changes).toEqual([{ kind: "mark-control-plane", host: "master3", node: "master3", ...marks }]);
    expect(problems).toEqual([]);
  });

  it("joins the missing one", () => {
    const plan = planOf(join, "endpoint", ({ states }) => {
      Object.assign(named(states, "master3"), { state: "absent", found: [], isMember: false });
    });
    expect(plan).toEqual({ changes: [joinOf("endpoint", "master3", "10.88.0.13", 3)], problems: [] });
  });

  it("joins a machine whose incomplete join another step clears first", () => {
    const plan = planOf(join, "fresh", ({ states }) => {
      Object.assign(named(states, "master2"), { state: "partial", isClearable: true });
    });
    expect(plan).toEqual({ changes: [JOIN_2, JOIN_3], problems: [] });
  });

  it("does not join a machine that belongs to another cluster, or is a worker of this one", () => {
    const plan = planOf(join, "fresh", ({ states }) => {
      const found = ["/etc/kubernetes/kubelet.conf"];
      Object.assign(named(states, "master2"), { state: "partial", found, isClearable: false });
    });
    expect(plan).toEqual({
      changes: [JOIN_3],
      problems: [
        {
          severity: "blocker",
          host: "master2",
          what: "master2 is in use: it has /etc/kubernetes/kubelet.conf",
          fix: "if it is a worker of this cluster, drain and delete its node first; then make sure that nothing on it is in use, and run `kubeadm reset` on it",
        },
      ],
    });
  });

  it("never resets the first master, even with an unexpected etcd member address", () => {
    const { changes, problems } = planOf(join, "fresh", ({ states }) => {
      const found = ["kube-apiserver's manifest", "a control-plane node", "/var/lib/etcd/member"];
      Object.assign(named(states, "master1"), {
        state: "partial",
        found,
        isMember: false,
        isClearable: true,
      });
    });
    expect(changes.filter(({ host }) => host === "master1")).toEqual([]);
    expect(problems).toMatchObject([{ severity: "blocker", host: "master1" }]);
  });

  it("has a new apiserver bind its own address if haproxy uses its port on the same machine", () => {
    const masters = ["master1", "master2"].map((master) => ({ master }));
    const patched = { patches: "/etc/kubernetes/patches" };
    const ignored = { ignorePreflightErrors: ["Port-6443"] };
    const plan = (overrides: object) =>
      planOf(join, "fresh", undefined, { loadBalancers: masters, ...overrides }).changes;
    expect(plan({})).toEqual([{ ...JOIN_2, ...patched, ...ignored }, JOIN_3]);
    expect(plan({ loadBalancer: { runAs: "static-pods" } })).toEqual([{ ...JOIN_2, ...patched }, JOIN_3]);
    const endpoint = "10.88.0.100:8443";
    expect(plan({ cluster: { endpoint } })).toEqual([
      { ...JOIN_2, endpoint },
      { ...JOIN_3, endpoint },
    ]);
  });

  it("passes the operator's patches to every new master", () => {
    const kubeadm = { patches: "/opt/patches" };
    expect(planOf(join, "fresh", undefined, { kubeadm }).changes).toEqual([
      { ...JOIN_2, patches: "/opt/patches" },
      { ...JOIN_3, patches: "/opt/patches" },
    ]);
  });

  it("marks joins whose etcd members vote at once by kubeadm-config", () => {
    const planned = (gates: string) =>
      on("1.30.14").planOf(join, "fresh", (facts) => {
        facts.clusterConfiguration += gates;
        facts.databaseBytes = 0;
      }).changes[0];
    const voting = must(planned("featureGates:\n  EtcdLearnerMode: false\n"));
    expect(kindOf(voting).interrupts?.(voting)).toMatchObject({ seconds: 5 });
    const learning = must(planned(""));
    expect(learning).not.toHaveProperty("votesAtOnce");
    expect(kindOf(learning).interrupts?.(learning)).toMatchObject({ seconds: 0 });
  });

  describe("on Kubernetes 1.37", () => {
    const plan = (overrides: Overrides) =>
      planOf(
        join,
        "fresh",
        (facts) => {
          facts.clusterConfiguration = facts.clusterConfiguration.replaceAll("v1.20.2", "v1.37.2");
        },
        overrides,
      );
    const ignored = ({ changes }: { changes: readonly Change[] }) =>
      changes.map((change) => change.kind === "join" && change.ignorePreflightErrors);

    it("ignores the ports that kubeadm checks on an advertised VIP", () => {
      const ports = ["Port-2379", "Port-2380"];
      expect(ignored(plan({ cluster: { advertise: "endpoint" } }))).toEqual([ports, ports]);
      expect(ignored(plan({ cluster: { advertise: "node" } }))).toEqual([undefined, undefined]);
      expect(plan({ cluster: { advertise: "node" } }).problems).toEqual([]);
      expect(plan({ cluster: { advertise: "endpoint" } }).problems).toMatchObject([
        { severity: "warning", fix: expect.stringContaining("Port-2379,Port-2380") as unknown },
      ]);
    });

    it("ignores the operator's checks, each once", () => {
      const kubeadm = { ignorePreflightErrors: ["SystemVerification", "Port-2379"] };
      const all = ["SystemVerification", "Port-2379", "Port-2380"];
      expect(ignored(plan({ kubeadm, cluster: { advertise: "endpoint" } }))).toEqual([all, all]);
    });

    it("skips etcd by the phase name of this kubeadm version", () => {
      const { changes } = plan({ cluster: { etcd: "first-master", advertise: "node" } });
      expect(changes[0]).toMatchObject({ skipPhases: ["etcd-join"] });
    });
  });

  it("uses copied certificates if the inventory sets pki: copy", () => {
    expect(planOf(join, "fresh", undefined, { cluster: { pki: "copy" } }).changes).toEqual([
      { ...JOIN_2, certificates: "copied" },
      { ...JOIN_3, certificates: "copied" },
    ]);
  });

  it("joins each machine with its own runtime, and blocks if it is unknown", () => {
    const plan = planOf(join, "fresh", ({ states }) => {
      named(states, "master2").runtimeSockets = ["/run/crio/crio.sock"];
      named(states, "master3").runtimeSockets = [];
    });
    expect(plan).toEqual({
      changes: [{ ...JOIN_2, criSocket: "/run/crio/crio.sock" }],
      problems: [
        blocker(
          "master3",
          "no container runtime is running (no containerd or CRI-O socket found)",
          "start one; if its socket has a non-default path, set controlPlane[2].criSocket in the inventory",
        ),
      ],
    });
  });

  it("does not choose among several runtimes", () => {
    const { problems } = planOf(join, "fresh", ({ states }) => {
      named(states, "master2").runtimeSockets.push("/run/crio/crio.sock");
    });
    expect(problems).toEqual([
      blocker(
        "master2",
        "several container runtimes found: /run/containerd/containerd.sock, /run/crio/crio.sock",
        "set controlPlane[1].criSocket in the inventory to the socket that the kubelet uses",
      ),
    ]);
  });

  it("uses the runtime that the inventory names, if it exists", () => {
    const controlPlane = ["master1", "master2", "master3"].map((name, i) => ({
      name,
      address: `10.88.0.1${i + 1}`,
      ...(i > 0 && { criSocket: "unix:///run/crio/crio.sock" }),
    }));
    const both = ({ states }: Facts): void => {
      named(states, "master2").runtimeSockets.push("/run/crio/crio.sock");
    };
    expect(planOf(join, "fresh", both, { controlPlane })).toEqual({
      changes: [{ ...JOIN_2, criSocket: "/run/crio/crio.sock" }],
      problems: [
        blocker(
          "master3",
          "socket unix:///run/crio/crio.sock does not exist (container runtime sockets found: /run/containerd/containerd.sock)",
          "start that runtime, or correct controlPlane[2].criSocket in the inventory",
        ),
      ],
    });
  });

  describe("of masters without an etcd member", () => {
    const external = (facts: Facts): void => {
      facts.clusterConfiguration = externalEtcd(facts.clusterConfiguration);
    };
    const memberless = [JOIN_2, JOIN_3].map((one) => {
      const rest: Partial<typeof one> = { ...one };
      delete rest.etcdDataDir;
      delete rest.estimate;
      return rest;
    });
    const skipped = memberless.map((joined) => ({ ...joined, skipPhases: ["control-plane-join/etcd"] }));

    it("leaves an external etcd to kubeadm, and passes the files that a join provides", () => {
      const brought = ["ca.crt", "client.crt", "client.key"].map((name) => `/etc/etcd/${name}`);
      const changes = memberless.map((joined) => ({ ...joined, brought }));
      expect(planOf(join, "fresh", external)).toEqual({ changes, problems: [] });
      const copied = planOf(join, "fresh", external, { cluster: { pki: "copy" } }).changes;
      expect(copied).toEqual(memberless.map((joined) => ({ ...joined, certificates: "copied" })));
    });

    it("skips kubeadm's etcd phase if all apiservers use the first master's etcd", () => {
      const plan = planOf(join, "fresh", undefined, { cluster: { etcd: "first-master" } });
      expect(plan).toEqual({ changes: skipped, problems: [] });
    });

    it("adds no member if the inventory omits the cluster's etcd layout", () => {
      const { changes } = planOf(join, "fresh", (facts) => {
        facts.clusterConfiguration = oneEtcd(facts.clusterConfiguration);
      });
      expect(changes).toEqual(skipped);
    });

    it("plans nothing with three masters", () => {
      expect(planOf(join, "endpoint", external)).toEqual(NOTHING);
    });
  });

  it("grows through four to five masters, and warns if four is the final count", () => {
    const states = ["master4", "master5"].map((name, i) => ({ name, address: `10.88.0.1${i + 4}` }));
    const grown = (count: number) =>
      planOf(join, "endpoint", (facts) => {
        const like = { state: "absent", found: [], isMember: false, node: null } as const;
        const master = named(facts.states, "master3");
        facts.states.push(
          ...states.slice(0, count).map((one) => ({ ...master, ...like, ...one, found: [] })),
        );
      });
    const five = grown(2);
    expect(five.changes).toMatchObject([
      { kind: "join", host: "master4", members: 4 },
      { kind: "join", host: "master5", members: 5 },
    ]);
    expect(five.problems).toEqual([]);
    expect(grown(1).problems).toEqual([
      {
        severity: "warning",
        what: "4 masters tolerate no more failures than 3 masters",
        fix: "list an odd number of hosts under controlPlane: three, or five",
      },
    ]);
  });

  it("joins through the endpoint's own port", () => {
    const { changes } = planOf(join, "fresh", undefined, { cluster: { endpoint: "10.88.0.100:16443" } });
    expect(changes).toMatchObject([{ endpoint: "10.88.0.100:16443" }, { endpoint: "10.88.0.100:16443" }]);
  });
});

import { describe, expect, it } from "vitest";
import { blocker } from "../../../../src/steps/preflight/check.js";
import { ports } from "../../../../src/steps/preflight/checks/ports.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { type Overrides } from "../../inventory.js";
import { must, on, type Editable } from "../../recorded.js";
import { looking, servesFreshCluster, without } from "../looking.js";

const { problemsOf } = on("1.20.2");
type Facts = Editable<Awaited<ReturnType<typeof ports.probe>>>;

/** Adds listening programs on ports of a machine to the recorded ones. */
const listens =
  (host: string, programs: Readonly<Record<number, readonly string[]>>) =>
  ({ listening }: Facts): void => {
    for (const [port, names] of Object.entries(programs))
      must(listening.found.get(host)).set(Number(port), [...names]);
  };
const problemsIf = (edit: (facts: Facts) => void, overrides?: Overrides) =>
  problemsOf(ports, "fresh", edit, overrides);
const lines = (...of: Parameters<typeof problemsIf>) =>
  problemsIf(...of).map(({ host, what }) => `${host ?? ""}: ${what}`);

describe("check ports", () => {
  it("reports a port of a new master in use", () => {
    expect(problemsIf(listens("master2", { 2379: ["etcd"] }))).toEqual([
      blocker("master2", "port 2379 is in use by etcd", "stop etcd on master2, or move it to another port"),
    ]);
  });

  it.each([6443, 10250, 10257, 10259, 2379, 2380])("requires port %i on a new master", (port) => {
    expect(lines(listens("master2", { [port]: ["socat"] }))).toEqual([
      `master2: port ${port} is in use by socat`,
    ]);
  });

  it("reports a port of a load balancer in use", () => {
    expect(problemsIf(listens("lb1", { 8404: ["nginx"], 6443: ["haproxy"] }))).toEqual([
      blocker("lb1", "port 8404 is in use by nginx", "stop nginx on lb1, or move it to another port"),
    ]);
  });

  it("reports an ingress controller based on haproxy on one of haproxy's ports", () => {
    const edit = (facts: Facts): void => {
      listens("lb1", { 6443: ["haproxy"], 80: ["haproxy"] })(facts);
      facts.otherPods.found.set("lb1", [80, 6443]);
    };
    expect(problemsIf(edit)).toEqual([
      blocker(
        "lb1",
        "port 6443 is in use by haproxy in a pod not managed by k8s-ha",
        "use another port for that pod (an ingress controller?), or set another port in the inventory",
      ),
    ]);
  });

  it("accepts our own haproxy", () => {
    expect(problemsIf(listens("lb1", { 6443: ["haproxy"] }))).toEqual([]);
  });

  it("accepts etcd's ports in use on a new master if etcd is external", () => {
    const edit = (facts: Facts): void => {
      facts.etcd = "external";
      listens("master2", { 2379: ["etcd"] })(facts);
    };
    expect(problemsIf(edit)).toEqual([]);
    expect(
      lines((facts) => {
        edit(facts);
        facts.etcd = "first-master";
      }),
    ).toEqual(["master2: port 2379 is in use by etcd"]);
  });

  it("requires the statistics port only with a statistics page", () => {
    const edit = listens("lb1", { 8404: ["nginx"] });
    expect(problemsIf(edit, { loadBalancer: { stats: false } })).toEqual([]);
  });

  it("requires the endpoint's port and the advertised port", () => {
    const edit = listens("lb1", { 16443: ["nginx"], 6443: ["envoy"] });
    expect(lines(edit, { cluster: { endpoint: "10.88.0.100:16443" } })).toEqual([
      "lb1: port 16443 is in use by nginx",
      "lb1: port 6443 is in use by envoy",
    ]);
    expect(lines(edit, { cluster: { endpoint: "10.88.0.100:16443", advertise: "node" } })).toEqual([
      "lb1: port 16443 is in use by nginx",
    ]);
  });

  describe("with load balancers on the masters", () => {
    const onMasters = (port: number): Overrides => ({
      cluster: { endpoint: `10.88.0.100:${port}` },
      loadBalancers: ["master1", "master2", "master3"].map((master) => ({ master })),
    });
    const only =
      (machines: Readonly<Record<string, Readonly<Record<number, readonly string[]>>>>) =>
      (facts: Facts): void => {
        facts.listening.found.clear();
        for (const [host, programs] of Object.entries(machines)) {
          facts.listening.found.set(host, new Map());
          listens(host, programs)(facts);
        }
      };

    it("requires a master's ports and haproxy's ports on each that has yet to join", () => {
      const edit = only({
        master1: { 6443: ["kube-apiserver"], 8443: ["nginx"] },
        master2: { 8443: ["haproxy"], 8404: ["haproxy"], 2379: ["etcd"] },
      });
      expect(lines(edit, onMasters(8443))).toEqual([
        "master1: port 8443 is in use by nginx",
        "master2: port 2379 is in use by etcd",
      ]);
    });

    it("allows only an apiserver on port 6443 together with haproxy if they share it", () => {
      const edit = only({
        master1: { 6443: ["kube-apiserver", "haproxy", "socat"] },
        master2: { 6443: ["haproxy"] },
        master3: { 6443: ["kube-apiserver"] },
      });
      expect(lines(edit, onMasters(6443))).toEqual([
        "master1: port 6443 is in use by socat",
        "master3: port 6443 is in use by kube-apiserver",
      ]);
    });
  });

  it("reads the machines to join and the load balancers that lack no tools, and reports failures", async () => {
    using first = new Sandbox();
    using other = new Sandbox();
    using broken = new Sandbox();
    servesFreshCluster(first);
    other.answer("kubelet", "");
    other.answer("ss", `echo 'LISTEN 0 5 0.0.0.0:2379 0.0.0.0:* users:(("etcd",pid=1,fd=5))'`);
    broken.answer("ss", "echo 'ss: broken' >&2; exit 1");
    const others = { master2: other, master3: without("ss", broken), lb1: other, lb2: broken };
    const facts = await ports.probe(looking(first, others));
    expect(facts).toMatchObject({ joining: ["master2", "master3"], etcd: "stacked" });
    expect([...facts.listening.found.keys()]).toEqual(["master2", "lb1"]);
    expect(ports.problems(facts, first.inventory)).toMatchObject([
      { severity: "blocker", host: "lb2", what: expect.stringContaining("ss: broken") as string },
      { severity: "blocker", host: "master2", what: "port 2379 is in use by etcd" },
    ]);
  });
});

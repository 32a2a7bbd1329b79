import { describe, expect, it } from "vitest";
import { blocker } from "../../../../src/steps/preflight/check.js";
import { health } from "../../../../src/steps/preflight/checks/health.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { must, on, type Editable } from "../../recorded.js";
import { looking, servesFreshCluster } from "../looking.js";

const { problemsOf } = on("1.20.2");
type Facts = Editable<Awaited<ReturnType<typeof health.probe>>>;

const FIX = "kubectl describe shows why";
const MEMBER_FIX = "on its host: journalctl -u kubelet, crictl ps -a --name etcd";

/** An incomplete join of master2: its node, its etcd pod and its member exist. */
function halfJoin({ nodes, pods, members }: Facts): void {
  const [pod, member] = [must(pods[0]), must(members[0])];
  const address = { type: "InternalIP", address: "10.88.0.12" };
  nodes.push({ metadata: { name: "master2" }, status: { conditions: [], addresses: [address] } });
  pods.push({ ...pod, metadata: { name: "etcd-master2" }, spec: { nodeName: "master2" }, status: {} });
  members.push({ ...member, name: "", id: "7", healthy: false, peerURLs: ["https://10.88.0.12:2380"] });
}

describe("check health", () => {
  it.each<[string, (facts: Facts) => void, string]>([
    [
      "a node that is not Ready",
      ({ nodes }) => {
        const node = must(nodes.find(({ metadata }) => metadata.name === "worker1"));
        must(node.status.conditions?.find(({ type }) => type === "Ready")).status = "Unknown";
      },
      "node worker1 is not Ready",
    ],
    [
      "a pod whose container is waiting",
      ({ pods }) => {
        const pod = must(pods.find(({ metadata }) => metadata.name === "kube-scheduler-master1"));
        delete must(pod.status.containerStatuses?.[0]).state;
      },
      "pod kube-scheduler-master1 is not running",
    ],
    [
      "an etcd member that is not healthy",
      ({ members }) => (must(members[0]).healthy = false),
      "etcd member master1 is not healthy",
    ],
    [
      "an etcd member that never started",
      ({ members }) => Object.assign(must(members[0]), { healthy: false, name: "" }),
      "etcd member 7039377769585566550 is not healthy",
    ],
  ])("reports %s", (_, edit, what) => {
    const skip = "; or, if the machine is lost, continue without it: --skip-host worker1";
    const fix = what.startsWith("etcd") ? MEMBER_FIX : what.includes("worker1") ? `${FIX}${skip}` : FIX;
    expect(problemsOf(health, "fresh", edit)).toEqual([blocker("master1", what, fix)]);
  });

  it("accepts the pod of a deleted node until the cluster removes it", () => {
    const edit = ({ pods }: Facts): void => {
      const pod = structuredClone(must(pods[0]));
      delete must(pod.status.containerStatuses?.[0]).state;
      pods.push({ ...pod, spec: { nodeName: "master3" } });
    };
    expect(problemsOf(health, "fresh", edit)).toEqual([]);
  });

  it("accepts node, pods and member of an incomplete join only if it is cleared", () => {
    const edit = (facts: Facts): void => {
      halfJoin(facts);
      facts.cleared.push({ node: "master2", address: "10.88.0.12" });
    };
    expect(problemsOf(health, "fresh", edit)).toEqual([]);
    expect(problemsOf(health, "fresh", halfJoin).map(({ what }) => what)).toEqual([
      "node master2 is not Ready",
      "pod etcd-master2 is not running",
      "etcd member 7 is not healthy",
    ]);
  });

  it("reports etcd's alarms", () => {
    const edit = (facts: Facts): void => {
      facts.alarms = ["NOSPACE (member master1)"];
    };
    expect(problemsOf(health, "fresh", edit)).toEqual([
      blocker(
        "master1",
        "etcd has raised an alarm: NOSPACE (member master1)",
        'clear the alarm: see docs/recovery.md, "etcd alarms"',
      ),
    ]);
  });

  it("accepts an incomplete join that has no node yet", () => {
    const edit = (facts: Facts): void => {
      halfJoin(facts);
      facts.nodes.pop();
      facts.cleared.push({ node: null, address: "10.88.0.12" });
    };
    expect(problemsOf(health, "fresh", edit)).toEqual([]);
  });

  it("finds the incomplete joins that are cleared", async () => {
    using first = new Sandbox();
    using half = new Sandbox();
    using foreign = new Sandbox();
    servesFreshCluster(first);
    for (const sandbox of [first, half]) sandbox.file("/etc/kubernetes/pki/ca.crt", "this cluster's");
    foreign.file("/etc/kubernetes/pki/ca.crt", "another cluster's");
    for (const sandbox of [half, foreign]) sandbox.file("/etc/kubernetes/kubelet.conf", "");
    const { cleared } = await health.probe(looking(first, { master2: half, master3: foreign }));
    expect(cleared).toEqual([{ node: null, address: "10.88.0.12" }]);
  });
});

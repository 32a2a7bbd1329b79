import { describe, expect, it } from "vitest";
import { blocker } from "../../../../src/steps/preflight/check.js";
import { etcdLayout } from "../../../../src/steps/preflight/checks/etcd-layout.js";
import { externalEtcd, must, on, oneEtcd, type Editable } from "../../recorded.js";

const { problemsOf } = on("1.20.2");
type Facts = Editable<Awaited<ReturnType<typeof etcdLayout.probe>>>;

const ONE = { cluster: { etcd: "first-master" } };
const WARNING = {
  severity: "warning",
  host: "master1",
  what: "master1 stays a single point of failure: it runs the only etcd, so no apiserver works without master1, and the etcd data has no replica",
  fix: "remove cluster.etcd from the inventory to run an etcd member on every master",
};

function external(facts: Facts): void {
  facts.clusterConfiguration = externalEtcd(facts.clusterConfiguration);
  // How its members find each other is the responsibility of its owner.
  for (const member of facts.members) member.peerURLs = ["https://127.0.0.1:2380"];
}

describe("check etcd-layout", () => {
  it.each(["fresh", "endpoint"] as const)("accepts a member on every master (%s)", (state) => {
    expect(problemsOf(etcdLayout, state)).toEqual([]);
  });

  it("reports a member that only its own host can reach", () => {
    const edit = ({ members }: Facts) => (must(members[0]).peerURLs = ["https://127.0.0.1:2380"]);
    expect(problemsOf(etcdLayout, "fresh", edit)).toEqual([
      blocker(
        "master1",
        "etcd member master1 has the peer URL https://127.0.0.1:2380, which no other master can reach",
        "etcdctl member update 61b0e4c903ede356 --peer-urls=https://ADDRESS:2380, where ADDRESS is the address of its machine (kubeadm#1950)",
      ),
    ]);
  });

  it("reports apiservers that use one etcd, without cluster.etcd in the inventory", () => {
    const edit = (facts: Facts) => (facts.clusterConfiguration = oneEtcd(facts.clusterConfiguration));
    expect(problemsOf(etcdLayout, "fresh", edit)).toEqual([
      blocker(
        "master1",
        "all apiservers use one etcd (etcd-servers in apiServer.extraArgs of kubeadm-config)",
        "set cluster.etcd: first-master in the inventory: k8s-ha does not add members to such an etcd",
      ),
    ]);
  });

  it("treats a local etcd URL as stacked etcd", () => {
    const beside = (facts: Facts): void => {
      const text = oneEtcd(facts.clusterConfiguration);
      facts.clusterConfiguration = text.replace("https://10.88.0.11:2379", "https://127.0.0.1:2379");
    };
    expect(problemsOf(etcdLayout, "fresh", beside)).toEqual([]);
  });

  it.each(["fresh", "endpoint"] as const)("accepts an external etcd (%s)", (state) => {
    expect(problemsOf(etcdLayout, state, external)).toEqual([]);
  });

  it("reports an external etcd together with cluster.etcd: first-master", () => {
    expect(problemsOf(etcdLayout, "fresh", external, ONE)).toEqual([
      blocker(
        "master1",
        "cluster.etcd is first-master, but the cluster's etcd is external",
        "remove cluster.etcd from the inventory: the new masters use the external etcd too",
      ),
    ]);
  });

  it.each([(text: string) => text, oneEtcd])(
    "warns of the remaining single point of failure with etcd only on the first master",
    (configured) => {
      const edit = (facts: Facts): void => {
        facts.clusterConfiguration = configured(facts.clusterConfiguration);
      };
      expect(problemsOf(etcdLayout, "fresh", edit, ONE)).toEqual([WARNING]);
    },
  );

  it("reports more members than that one", () => {
    expect(problemsOf(etcdLayout, "endpoint", undefined, ONE)).toEqual([
      WARNING,
      blocker(
        "master1",
        "etcd has 3 members, but cluster.etcd is first-master",
        "remove cluster.etcd from the inventory: each master then has its own member",
      ),
    ]);
  });
});

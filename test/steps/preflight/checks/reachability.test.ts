import { describe, expect, it } from "vitest";
import type { Firewalls } from "../../../../src/machine/firewalls.js";
import type { PortAnswer } from "../../../../src/machine/network.js";
import { blocker } from "../../../../src/steps/preflight/check.js";
import { reachability } from "../../../../src/steps/preflight/checks/reachability.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { labInventory } from "../../inventory.js";
import { must, on, type Editable } from "../../recorded.js";
import { looking, servesFreshCluster, without } from "../looking.js";

const { problemsOf } = on("1.20.2");
type Facts = Editable<Awaited<ReturnType<typeof reachability.probe>>>;

const answer = ({ probes }: Facts, from: string, to: string, port: number, given: PortAnswer): void => {
  const probe = probes.find((one) => one.from === from && one.to === to && one.port === port);
  must(probe).answer = given;
};

describe("check reachability", () => {
  it("reports a firewall on a new master", () => {
    const edit = (facts: Facts): void => {
      answer(facts, "master1", "master2", 2380, "silent");
    };
    expect(problemsOf(reachability, "fresh", edit)).toEqual([
      blocker(
        "master1",
        "port 2380 of master2 does not answer",
        "allow master1 to reach master2:2380 (check the firewalls on master2 and in the network between them)",
      ),
    ]);
  });

  it.each<[string, Firewalls, string]>([
    [
      "ufw",
      { firewalld: undefined, ufw: { live: true, ports: [], vrrp: false }, foreign: [] },
      "ufw allow 2380/tcp",
    ],
    [
      "firewalld",
      { firewalld: { zone: "lan", ports: [], richRules: [] }, ufw: undefined, foreign: [] },
      "firewall-cmd --zone=lan --add-port=2380/tcp && firewall-cmd --permanent --zone=lan --add-port=2380/tcp",
    ],
    [
      "rules of its own",
      { firewalld: undefined, ufw: undefined, foreign: [{ tool: "iptables", chain: "INPUT", accepts: [] }] },
      "iptables -I INPUT -p tcp -m multiport --dports 2380 -j ACCEPT",
    ],
  ])("reports %s on a new master", (_, found, line) => {
    const edit = (facts: Facts): void => {
      answer(facts, "master1", "master2", 2380, "silent");
      facts.firewalls.set("master2", found as Editable<Firewalls>);
    };
    expect(problemsOf(reachability, "fresh", edit)).toEqual([
      blocker("master1", "port 2380 of master2 does not answer", `open it on master2: ${line}`),
    ]);
  });

  it("reports an etcd that listens only on its own host", () => {
    const edit = (facts: Facts): void => {
      answer(facts, "master3", "master1", 2380, "refused");
    };
    expect(problemsOf(reachability, "fresh", edit)).toEqual([
      blocker(
        "master3",
        "port 2380 of master1 is closed",
        "allow master3 to reach master1:2380 (check the firewalls on master1 and in the network between them)",
      ),
    ]);
  });

  it("accepts closed ports of machines that have yet to join", () => {
    const edit = (facts: Facts): void => {
      answer(facts, "master1", "master2", 2380, "refused");
    };
    expect(problemsOf(reachability, "fresh", edit)).toEqual([]);
  });

  it("requires each server of an external etcd to answer each new master", () => {
    const edit = ({ probes }: Facts): void => {
      const target = { to: "10.88.0.42", port: 2379 };
      probes.push({ from: "master2", ...target, answer: "refused" });
      probes.push({ from: "master3", ...target, answer: "silent" });
    };
    const fix = (from: string) =>
      `allow ${from} to reach 10.88.0.42:2379 (check the firewalls on 10.88.0.42 and in the network between them)`;
    expect(problemsOf(reachability, "fresh", edit)).toEqual([
      blocker("master2", "port 2379 of 10.88.0.42 is closed", fix("master2")),
      blocker("master3", "port 2379 of 10.88.0.42 does not answer", fix("master3")),
    ]);
  });
});

describe("the probe of check reachability", () => {
  it("connects from each host that lacks no tools, never to itself, and reads the firewalls of unreachable masters", async () => {
    using first = new Sandbox();
    using other = new Sandbox();
    servesFreshCluster(first);
    other.answer("kubelet", "");
    for (const sandbox of [first, other])
      sandbox.answer("timeout", 'case "$*" in *10.88.0.12/*) exit 124 ;; esac; exit 0');
    const loadBalancers = ["master1", "master2", "master3"].map((master) => ({ master }));
    const inventory = labInventory({ cluster: { endpoint: "10.88.0.100:8443" }, loadBalancers });
    const others = { master2: other, master3: without("awk", other) };
    const facts = await reachability.probe(looking(first, others, inventory));
    expect(facts.joining).toEqual(["master2", "master3"]);
    const pairs = new Set(facts.probes.map(({ from, to }) => `${from} ${to}`));
    expect([...pairs].toSorted()).toEqual([
      "master1 master2",
      "master1 master3",
      "master2 master1",
      "master2 master3",
      "worker1 master1",
      "worker1 master2",
      "worker1 master3",
    ]);
    expect(
      facts.probes.filter(({ to, answer: given }) => (to === "master2") !== (given === "silent")),
    ).toEqual([]);
    expect([...facts.firewalls.keys()]).toEqual(["master2"]);
  });
});

import { describe, expect, it } from "vitest";
import type { Firewalls } from "../../../../src/machine/firewalls.js";
import { blocker } from "../../../../src/steps/preflight/check.js";
import { reachability } from "../../../../src/steps/preflight/checks/reachability.js";
import type { PortProbe } from "../../../../src/steps/preflight/port-probes.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { labInventory } from "../../inventory.js";
import { must, on, type Editable } from "../../recorded.js";
import { looking, servesFreshCluster, without } from "../looking.js";

const { problemsOf } = on("1.20.2");
type Facts = Editable<Awaited<ReturnType<typeof reachability.probe>>>;

/** The problems of the recorded facts, after a test's edits; without them, everything listens and is reached. */
const problemsAfter = (edit: (facts: Facts) => void) =>
  problemsOf(reachability, "fresh", (facts) => {
    for (const probe of facts.probes) probe.answer = "open";
    edit(facts);
  });

const answer = (
  { probes }: Facts,
  from: string,
  to: string,
  port: number,
  given: PortProbe["answer"],
): void => {
  const probe = probes.find((one) => one.from === from && one.to === to && one.port === port);
  must(probe).answer = given;
};

describe("check reachability", () => {
  it("reports a firewall on a new master", () => {
    const edit = (facts: Facts): void => {
      answer(facts, "master1", "master2", 2380, "silent");
    };
    expect(problemsAfter(edit)).toEqual([
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
    expect(problemsAfter(edit)).toEqual([
      blocker("master1", "port 2380 of master2 does not answer", `open it on master2: ${line}`),
    ]);
  });

  it("reports an etcd that listens only on its own host", () => {
    const edit = (facts: Facts): void => {
      answer(facts, "master3", "master1", 2380, "refused");
    };
    expect(problemsAfter(edit)).toEqual([
      blocker(
        "master3",
        "port 2380 of master1 is closed",
        "allow master3 to reach master1:2380 (check the firewalls on master1 and in the network between them)",
      ),
    ]);
  });

  it("reports a firewall that rejects connections although a program listens", () => {
    const edit = (facts: Facts): void => {
      answer(facts, "master1", "master2", 2380, "rejected");
    };
    const what = "port 2380 of master2 refuses connections, although a program listens there";
    const because = "a REJECT rule for master1 answers in this way";
    expect(problemsAfter(edit)).toEqual([
      blocker(
        "master1",
        what,
        `allow master1 to reach master2:2380 (check the firewalls on master2 and in the network between them); ${because}`,
      ),
    ]);
    const withUfw = (facts: Facts): void => {
      edit(facts);
      const ufw = { live: true, ports: [], vrrp: false };
      facts.firewalls.set("master2", { firewalld: undefined, ufw, foreign: [] });
    };
    expect(problemsAfter(withUfw)).toEqual([
      blocker("master1", what, `open it on master2: ufw allow 2380/tcp; ${because}`),
    ]);
  });

  it("warns if nothing could listen on a machine that has yet to join", () => {
    const edit = (facts: Facts): void => {
      answer(facts, "master1", "master2", 2380, "refused");
      answer(facts, "master1", "master2", 2379, "refused");
      answer(facts, "master3", "master2", 2380, "refused");
    };
    expect(problemsAfter(edit)).toEqual([
      {
        severity: "warning",
        host: "master2",
        what: "no listener could be started on ports 2379, 2380, so a firewall that rejects connections to them would not be found",
        fix: "make sure that the other machines can reach these ports of master2: a join fails without them",
      },
    ]);
  });

  it("requires each server of an external etcd to answer each new master", () => {
    const edit = ({ probes }: Facts): void => {
      const target = { to: "10.88.0.42", port: 2379 };
      probes.push({ from: "master2", ...target, answer: "refused" });
      probes.push({ from: "master3", ...target, answer: "silent" });
    };
    const fix = (from: string) =>
      `allow ${from} to reach 10.88.0.42:2379 (check the firewalls on 10.88.0.42 and in the network between them)`;
    expect(problemsAfter(edit)).toEqual([
      blocker("master2", "port 2379 of 10.88.0.42 is closed", fix("master2")),
      blocker("master3", "port 2379 of 10.88.0.42 does not answer", fix("master3")),
    ]);
  });
});

/** Port probes end with this shell code; no listener is started. */
const probesEnd = (sandbox: Sandbox, shell: string): void => {
  sandbox.answer("timeout", `case "$*" in */dev/tcp/*) ${shell} ;; esac; exit 0`);
};

/** The machine lists listeners on the ports of new masters. */
const listens = (sandbox: Sandbox, ...ports: readonly number[]): void => {
  const rows = ports.map((port) => `LISTEN 0 1 0.0.0.0:${port} 0.0.0.0:*`).join("\n");
  sandbox.answer("ss", `cat <<'END'\n${rows}\nEND`);
};

const JOIN_PORTS = [6443, 10_250, 2379, 2380];

describe("the probe of check reachability", () => {
  it("connects from each host that lacks no tools, never to itself, and reads the firewalls of unreachable masters", async () => {
    using first = new Sandbox();
    using other = new Sandbox();
    // A lab on this machine may be joining one of its hosts.
    other.answer("pgrep", "exit 1");
    servesFreshCluster(first);
    other.answer("kubelet", "");
    for (const sandbox of [first, other]) {
      probesEnd(sandbox, 'case "$*" in *10.88.0.12/*) exit 124 ;; esac');
      listens(sandbox, ...JOIN_PORTS);
    }
    const loadBalancers = ["master1", "master2", "master3"].map((master) => ({ master }));
    const inventory = labInventory({ cluster: { endpoint: "10.88.0.100:8443" }, loadBalancers });
    const others = { master2: other, master3: without("awk", other) };
    const facts = await reachability.probe(looking(first, others, inventory));
    expect(facts.joining).toEqual(["master2", "master3"]);
    const pairs = new Set(facts.probes.map(({ from, to }) => `${from} ${to}`));
    expect([...pairs].toSorted()).toEqual([
      "master1 10.88.0.100",
      "master1 master2",
      "master1 master3",
      "master2 10.88.0.100",
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

  it("finds a firewall that rejects connections to a port on which a new master listens", async () => {
    using first = new Sandbox();
    using other = new Sandbox();
    // A lab on this machine may be joining one of its hosts.
    other.answer("pgrep", "exit 1");
    servesFreshCluster(first);
    other.answer("kubelet", "");
    const refusal = "echo 'bash: connect: Connection refused' >&2; exit 1";
    probesEnd(first, `case "$*" in *10.88.0.12/2380*|*.100/*) ${refusal} ;; esac`);
    probesEnd(other, `case "$*" in *10.88.0.13/*) ${refusal} ;; esac`);
    listens(other, ...JOIN_PORTS);
    listens(first);
    const facts = await reachability.probe(looking(first, { master2: other }));
    const refused = facts.probes
      .filter(({ answer: given }) => given !== "open")
      .map(({ from, to, port, answer: given }) => `${from} ${to}:${port} ${given}`);
    // Nothing listens on master3, which is the sandbox of the first master.
    expect(refused).toEqual([
      "master1 master2:2380 rejected",
      "master2 master3:6443 refused",
      "master2 master3:10250 refused",
      "master2 master3:2379 refused",
      "master2 master3:2380 refused",
      "master3 master2:2380 rejected",
    ]);
    expect([...facts.firewalls.keys()]).toEqual(["master2"]);
    // One command for all probes of a host, and one each to start and to end listeners.
    const commands = other.scripts.filter((text) => /dev\/tcp|s_server/.test(text));
    expect(commands.length).toBe(3);
  });

  it("does not require workers to reach masters that announce the endpoint", async () => {
    using first = new Sandbox();
    servesFreshCluster(first);
    probesEnd(first, "");
    listens(first, ...JOIN_PORTS);
    const inventory = labInventory({ cluster: { advertise: "endpoint" } });
    const { probes } = await reachability.probe(looking(first, {}, inventory));
    const to = (host: string) => probes.filter(({ from }) => from === host).map((probe) => probe.to);
    expect(to("worker1")).toEqual(["master1"]);
    expect(to("lb1")).toEqual(["master1", "master2", "master3"]);
    // The endpoint serves already.
    expect(to("master2")).toContain("10.88.0.100");
  });

  it("starts no listener where etcd may start at any time", async () => {
    using first = new Sandbox();
    using other = new Sandbox();
    // A lab on this machine may be joining one of its hosts.
    other.answer("pgrep", "exit 1");
    servesFreshCluster(first);
    first.web.etcd([
      { ID: "1", name: "master1", peerURLs: ["https://10.88.0.11:2380"] },
      { ID: "2", peerURLs: ["https://10.88.0.12:2380"] },
    ]);
    other.answer("kubelet", "");
    for (const sandbox of [first, other]) probesEnd(sandbox, "");
    await reachability.probe(looking(first, { master2: other }));
    expect(other.scripts.filter((text) => text.includes("s_server"))).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import type { ReadOnlyFleet } from "../../../src/machine/fleet.js";
import { blocker, type PreflightCheck } from "../../../src/steps/preflight/check.js";
import { apiserver } from "../../../src/steps/preflight/checks/apiserver.js";
import { caKey } from "../../../src/steps/preflight/checks/ca-key.js";
import { operatingSystem } from "../../../src/steps/preflight/checks/operating-system.js";
import { vip } from "../../../src/steps/preflight/checks/vip.js";
import { preflight } from "../../../src/steps/preflight/preflight.js";
import type { Problem } from "../../../src/steps/step.js";
import { Sandbox } from "../../machine/sandbox.js";
import { labInventory } from "../inventory.js";
import { VERSIONS } from "../../recorded/facts-file.js";
import { must, on, type Editable } from "../recorded.js";
import { broken, looking, servesFreshCluster, unreachable, without } from "./looking.js";

const { planOf } = on("1.20.2");
type Facts = Editable<Awaited<ReturnType<typeof preflight.probe>>>;

/** The result of a check, which a test may edit. */
const foundBy = <Found>(facts: Facts, { id }: PreflightCheck<Found>): Editable<Found> =>
  must(facts.get(id)).found as Editable<Found>;

describe("preflight", () => {
  it.each(
    VERSIONS.flatMap((version) => (["fresh", "endpoint"] as const).map((state) => [version, state] as const)),
  )("reports nothing about the recorded hosts (%s, %s)", (version, state) => {
    const { changes, problems } = on(version).planOf(preflight, state);
    expect(changes).toEqual([]);
    // Its kubeadm brings etcd 3.5.15, and its masters join as learners.
    const isOldEtcd = version === "1.30.14" && state === "fresh";
    expect(problems.map(({ what }) => what)).toEqual(
      isOldEtcd ? [expect.stringMatching(/^etcd 3\.5\.1 to 3\.5\.23 \(master1: 3\.5\.15\)/)] : [],
    );
  });

  it("reports all problems at once, in the order of the checks", () => {
    const { changes, problems } = planOf(preflight, "fresh", (facts) => {
      foundBy(facts, vip).answers = true;
      foundBy(facts, apiserver).manifest = "";
      const { found } = foundBy(facts, operatingSystem);
      must(found.get("worker1")).systemd = false;
    });
    expect(changes).toEqual([]);
    expect(problems).toEqual([
      blocker("worker1", "systemd is not running", "k8s-ha requires hosts with systemd"),
      blocker(
        "master1",
        "kube-apiserver is not a static pod",
        "k8s-ha requires a cluster created by kubeadm",
      ),
      {
        severity: "blocker",
        what: "the VIP 10.88.0.100 is already in use: it answers, but none of the load balancers holds it",
        fix: "set a free address in cluster.endpoint, or remove this one from the host that has it",
      },
    ]);
  });

  it("reports why a check could not query anything, together with the results of the others", () => {
    const failure = blocker("master1", "refused", "start it");
    const { problems } = planOf(preflight, "fresh", (facts) => {
      facts.set("health", { failure });
      foundBy(facts, caKey).exists = false;
    });
    expect(problems.map(({ what }) => what)).toEqual(["/etc/kubernetes/pki/ca.key is missing", "refused"]);
  });

  it("reports equal failures of several checks once", () => {
    const failure = blocker("master1", "refused", "start it");
    const { problems } = planOf(preflight, "fresh", (facts) => {
      for (const id of ["health", "ports", "reachability"]) facts.set(id, { failure: { ...failure } });
    });
    expect(problems).toEqual([failure]);
  });
});

/** The problems of a fleet with a fresh cluster, as `HOST: WHAT`. */
async function reportedFor(fleet: ReadOnlyFleet): Promise<string[]> {
  const { problems = [] } = preflight.plan(await preflight.probe(fleet), labInventory());
  return problems.map(({ host, what }: Problem) => `${host ?? ""}: ${what}`);
}

/** Two sandboxes of a fresh cluster: the first master, and any other machine. */
function prepared(first: Sandbox, other: Sandbox): void {
  servesFreshCluster(first);
  for (const sandbox of [first, other]) {
    sandbox.answer("kubelet", "echo Kubernetes v1.20.2");
    sandbox.answer("kubeadm", "echo v1.20.2");
    sandbox.answer("ping", "exit 1");
    sandbox.answer("timeout", "echo 'Connection refused'; exit 1");
    sandbox.runsUnits();
    sandbox.file("/etc/os-release", "ID=debian\n");
  }
}

describe("the probe of preflight", () => {
  it("reports its results even if the API does not answer", async () => {
    using first = new Sandbox();
    using other = new Sandbox();
    prepared(first, other);
    // Only the API is unavailable: etcd answers.
    first.web.stopServing();
    first.web.etcd([]);
    const problems = await reportedFor(looking(first, { lb1: other, worker1: other }));
    expect(problems).toContain("worker1: systemd is not running");
    expect(problems).toContain("master1: /etc/kubernetes/pki/ca.key is missing");
    expect(problems.filter((line) => /^master1: .*Connection refused/s.test(line))).not.toEqual([]);
    expect(new Set(problems).size).toBe(problems.length);
  });

  it("reports each machine that cannot be probed, once, and continues with the others", async () => {
    using first = new Sandbox();
    using other = new Sandbox();
    prepared(first, other);
    const names = ["master3", "lb2", "worker1"];
    const gone = Object.fromEntries(names.map((name) => [name, unreachable(name)]));
    const problems = await reportedFor(looking(first, { master2: other, lb1: other, ...gone }));
    expect(problems.filter((line) => line.endsWith("the connection broke"))).toEqual(
      names.map((name) => `${name}: the connection broke`),
    );
    expect(problems).toContain("lb1: systemd is not running");
    expect(problems).toContain("master1: /etc/kubernetes/pki/ca.key is missing");
  });

  it("reports the failures of a machine that lacks a tool only as the missing tool", async () => {
    using first = new Sandbox();
    using other = new Sandbox();
    using bare = new Sandbox();
    prepared(first, other);
    prepared(bare, bare);
    bare.answer("df", `[ "$1" = -i ] || echo "/dev/a 9 9 0 100% /"`);
    bare.answer("ss", "exit 127");
    bare.answer("ip", "exit 127");
    bare.answer("kubeadm", "exit 127");
    const others = { master3: other, worker1: other, lb2: other };
    const lacking = { master2: without("kubeadm", bare), lb1: without("ss", bare) };
    const problems = await reportedFor(looking(first, { ...others, ...lacking }));
    const of = (host: string) => problems.filter((line) => line.startsWith(`${host}: `));
    expect(of("master2")).toEqual([
      "master2: systemd is not running",
      "master2: kubeadm is not installed",
      "master2: only 0 MiB are free on / (for /var, /etc, /run, /var/backups/k8s-ha)",
    ]);
    expect(of("lb1")).toEqual([
      "lb1: systemd is not running",
      "lb1: ss is not installed",
      "lb1: only 0 MiB are free on / (for /var, /etc, /run, /var/backups/k8s-ha)",
    ]);
    expect(problems.filter((line) => line.includes("exit code 127"))).toEqual([]);
  });

  it("omits a check that failed completely if that machine lacks a tool", async () => {
    using first = new Sandbox();
    using other = new Sandbox();
    prepared(first, other);
    first.answer("curl", "echo 'curl: broken' >&2; exit 127");
    const others = { master2: other, master3: other, worker1: other, lb1: other, lb2: other };
    const whole = await reportedFor(looking(first, others));
    expect(whole.filter((line) => line.includes("curl: broken"))).not.toEqual([]);
    const problems = await reportedFor(looking(first, { ...others, master1: without("curl", first) }));
    expect(problems).toContain("master1: curl is not installed");
    expect(problems.filter((line) => line.includes("curl: broken"))).toEqual([]);
  });

  it("throws an error that is a bug", async () => {
    using first = new Sandbox();
    using other = new Sandbox();
    prepared(first, other);
    // A query of a port passes the error on unchanged; other queries report the host.
    const fleet = looking(first, { lb1: broken(new TypeError("a bug")) });
    await expect(preflight.probe(fleet)).rejects.toThrow(new TypeError("a bug"));
  });
});

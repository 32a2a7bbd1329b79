import { mkdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { blocker } from "../../../../src/steps/preflight/check.js";
import { operatingSystem } from "../../../../src/steps/preflight/checks/operating-system.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { must, on, type Editable } from "../../recorded.js";
import { looking } from "../looking.js";

const { problemsOf } = on("1.20.2");
type Facts = Editable<Awaited<ReturnType<typeof operatingSystem.probe>>>;

const edit =
  (host: string, changed: Partial<Editable<ReturnType<Facts["found"]["get"]>>>) =>
  ({ found }: Facts): void => {
    Object.assign(must(found.get(host)), changed);
  };
const SUPPORTED = "use a load balancer with Debian, Ubuntu, or the Red Hat family from version 8 on";

describe("check operating-system", () => {
  it("reports a machine without systemd", () => {
    expect(problemsOf(operatingSystem, "fresh", edit("worker1", { systemd: false }))).toEqual([
      blocker("worker1", "systemd is not running", "k8s-ha requires hosts with systemd"),
    ]);
  });

  it("reports a load balancer with CentOS 7", () => {
    const centos = { os: "centos rhel fedora", packageManager: "yum" } as const;
    expect(problemsOf(operatingSystem, "fresh", edit("lb2", centos))).toEqual([
      blocker(
        "lb2",
        "haproxy and keepalived of centos rhel fedora are too old: haproxy is 1.5, but 1.8 is required",
        SUPPORTED,
      ),
    ]);
  });

  it("reports a load balancer with an unknown system", () => {
    const unknown = { os: "", packageManager: "none" } as const;
    expect(problemsOf(operatingSystem, "fresh", edit("lb2", unknown))).toEqual([
      blocker("lb2", "packages cannot be installed on this system", SUPPORTED),
    ]);
  });

  it.each([
    ["an Ubuntu load balancer", edit("lb1", { os: "ubuntu debian" })],
    ["a load balancer of the Red Hat family", edit("lb1", { os: "rocky rhel", packageManager: "dnf" })],
    ["a node of another distribution", edit("master2", { os: "rocky rhel centos fedora" })],
    ["a node whose packages are too old for load balancers", edit("worker1", { packageManager: "yum" })],
  ])("accepts %s", (_, change) => {
    expect(problemsOf(operatingSystem, "fresh", change)).toEqual([]);
  });

  it("requires a package manager that k8s-ha supports on a master with a load balancer, but not for static pods", () => {
    const suse = edit("master2", { os: "opensuse-leap suse", packageManager: "none" });
    const loadBalancers = ["master1", "master2", "master3"].map((master) => ({ master }));
    const onMasters = { cluster: { endpoint: "10.88.0.100:8443" }, loadBalancers };
    expect(problemsOf(operatingSystem, "fresh", suse, onMasters)).toEqual([
      blocker("master2", "packages cannot be installed on opensuse-leap suse", SUPPORTED),
    ]);
    const asPods = { ...onMasters, loadBalancer: { runAs: "static-pods" } };
    expect(problemsOf(operatingSystem, "fresh", suse, asPods)).toEqual([]);
  });

  it("reads each machine, and reports those that cannot be read", async () => {
    using whole = new Sandbox();
    using broken = new Sandbox();
    whole.file("/etc/os-release", 'ID=ubuntu\nID_LIKE="debian"\n');
    mkdirSync(whole.path("/run/systemd/system"), { recursive: true });
    const facts = await operatingSystem.probe(looking(whole, { lb2: broken }));
    expect([...facts.found.keys()]).toEqual(["master1", "master2", "master3", "lb1", "worker1"]);
    expect(facts.found.get("lb1")).toEqual({ os: "ubuntu debian", packageManager: "apt", systemd: true });
    expect(operatingSystem.problems(facts, whole.inventory)).toMatchObject([
      { severity: "blocker", host: "lb2", what: expect.stringContaining("os-release") as string },
    ]);
    broken.file("/etc/os-release", "ID=alpine\n");
    const again = await operatingSystem.probe(looking(whole, { lb2: broken }));
    expect(again.found.get("lb2")).toMatchObject({ os: "alpine", systemd: false });
  });
});

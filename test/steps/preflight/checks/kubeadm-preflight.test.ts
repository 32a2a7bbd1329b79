import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { kubeadmPreflight } from "../../../../src/steps/preflight/checks/kubeadm-preflight.js";
import type { Refusal } from "../../../../src/machine/kubeadm-preflight.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { labInventory } from "../../inventory.js";
import { looking, servesFreshCluster } from "../looking.js";

const problemsOf = (...refusals: readonly Refusal[]) =>
  kubeadmPreflight.problems({ found: new Map([["master2", refusals]]), failures: [] }, labInventory());

describe("check kubeadm-preflight", () => {
  it("reports kubeadm's message and the check name to ignore", () => {
    expect(problemsOf({ check: "DirAvailable--var-lib-etcd", what: "/var/lib/etcd is not empty" })).toEqual([
      {
        severity: "blocker",
        host: "master2",
        what: "kubeadm would refuse to join this machine (preflight check DirAvailable--var-lib-etcd): /var/lib/etcd is not empty",
        fix: "fix this on master2, or accept it with kubeadm.ignorePreflightErrors: [DirAvailable--var-lib-etcd] in the inventory",
      },
    ]);
  });

  it("reports an invalid configuration of the cluster, which cannot be ignored", () => {
    const problems = problemsOf({ what: "Nope is not a valid feature name." });
    expect(problems).toMatchObject([
      {
        severity: "blocker",
        what: "kubeadm rejects the cluster's ClusterConfiguration: Nope is not a valid feature name.",
        fix: expect.stringContaining("edit configmap kubeadm-config") as string,
      },
    ]);
    expect(problems[0]?.fix).not.toContain("ignorePreflightErrors");
  });

  it("omits problems that another check reports with a better fix: swap, kernel settings, ports, cgroup v1", () => {
    const reported = ["Swap", "FileContent--proc-sys-net-ipv4-ip_forward", "Port-10250"].map((check) => ({
      check,
      what: "",
    }));
    const v1 = { check: "SystemVerification", what: "cgroups v1 support is deprecated" };
    expect(problemsOf(...reported, v1)).toEqual([]);
    expect(
      problemsOf({ check: "SystemVerification", what: "missing required cgroups: memory" }),
    ).toHaveLength(1);
  });
});

/** A kubeadm that records its input, and rejects the machine. */
const REFUSES = `case "$*" in
  version*) echo v1.20.2 ;;
  *--help*) echo --dry-run ;;
  *) cat >"$SANDBOX/given"; printf '[preflight] Some fatal errors occurred:\\n\\t[ERROR Mine]: no\\n' >&2; exit 1 ;;
esac`;
const REFUSED = [{ check: "Mine", what: "no" }];

/** The probe's result on two masters and a worker that have yet to join; master3 has kubeadm 1.21. */
async function probed(prepare: (machines: { first: Sandbox; master: Sandbox; worker: Sandbox }) => void) {
  using first = new Sandbox();
  using master = new Sandbox();
  using newer = new Sandbox();
  using worker = new Sandbox();
  servesFreshCluster(first);
  const servers = [master, newer, worker].map((sandbox) => {
    sandbox.answer("kubeadm", REFUSES);
    sandbox.answer("kubelet", "echo Kubernetes v1.20.2");
    mkdirSync(sandbox.path("/run/containerd"), { recursive: true });
    return createServer().listen(sandbox.path("/run/containerd/containerd.sock"));
  });
  await Promise.all(servers.map((server) => once(server, "listening")));
  newer.answer("kubeadm", REFUSES.replace("v1.20.2", "v1.21.0"));
  prepare({ first, master, worker });
  const fleet = looking(
    first,
    { master2: master, master3: newer, worker1: worker },
    labInventory({ kubeadm: { ignorePreflightErrors: ["Hostname"] } }),
  );
  const { found, failures } = await kubeadmPreflight.probe(fleet);
  for (const server of servers) server.close();
  const given = worker.calls("kubeadm").length > 1 ? worker.read("/given") : "";
  const ignored = [master, worker].map((sandbox) => sandbox.calls("kubeadm").at(-1)?.at(-1)?.split(","));
  return { found: [...found], failures, given, ignored, asked: newer.commands("kubeadm") };
}

describe("the probe of check kubeadm-preflight", () => {
  it("runs kubeadm of the cluster's minor version on each machine that is to join", async () => {
    const { found, failures, ignored, asked } = await probed(({ master }) => {
      // A patch release counts as the same version.
      master.answer("kubeadm", REFUSES.replace("v1.20.2", "v1.20.15"));
    });
    expect(found).toEqual([
      ["master2", REFUSED],
      ["worker1", REFUSED],
    ]);
    expect(failures).toEqual([]);
    expect(asked).toEqual(["kubeadm version -o short"]);
    const [onMaster, onWorker] = ignored;
    expect(onMaster).toEqual(expect.arrayContaining(["Hostname", "ExternalEtcdVersion"]));
    expect(onMaster).not.toContain("NumCPU");
    expect(onWorker).toEqual(expect.arrayContaining(["Hostname", "NumCPU", "Port-2379"]));
  });

  it("does not have kubeadm read the certificates: it refuses a CA without its key, as a join leaves it", async () => {
    expect((await probed(() => undefined)).given).toContain("certificatesDir: /nonexistent\n");
  });

  it("does not query a machine whose kubeadm is missing or fails, which other checks report", async () => {
    const { found, failures } = await probed(({ master, worker }) => {
      master.answer("kubeadm", "exit 1");
      worker.lacks("kubeadm");
    });
    expect({ found, failures }).toEqual({ found: [], failures: [] });
  });

  it("does not query a machine with an incomplete join", async () => {
    const { found } = await probed(({ first, master, worker }) => {
      master.file("/etc/kubernetes/kubelet.conf", "");
      first.file("/etc/kubernetes/pki/ca.crt", "this cluster's");
      worker.file("/etc/kubernetes/pki/ca.crt", "another cluster's");
    });
    expect(found).toEqual([]);
  });
});

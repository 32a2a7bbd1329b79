import { describe, expect, it } from "vitest";
import { kubeadmProblems } from "../../../src/steps/preflight/kubeadm.js";

describe("an error that kubeadm reports", () => {
  it("is a blocker with kubeadm's message and the check name to ignore", () => {
    const found = kubeadmProblems("master2", [
      { check: "DirAvailable--var-lib-etcd", what: "/var/lib/etcd is not empty" },
    ]);
    expect(found).toMatchObject([
      {
        severity: "blocker",
        host: "master2",
        what: "kubeadm refuses to join it (DirAvailable--var-lib-etcd): /var/lib/etcd is not empty",
        fix: expect.stringContaining("kubeadm.ignorePreflightErrors: [DirAvailable--var-lib-etcd]") as string,
      },
    ]);
  });

  it("is a blocker that cannot be ignored if the cluster's configuration is invalid", () => {
    const [problem] = kubeadmProblems("master2", [{ what: "Nope is not a valid feature name." }]);
    expect(problem).toMatchObject({
      severity: "blocker",
      what: "kubeadm rejects the cluster's configuration: Nope is not a valid feature name.",
      fix: expect.stringContaining("edit configmap kubeadm-config") as string,
    });
    expect(problem?.fix).not.toContain("ignorePreflightErrors");
  });

  it("is omitted if another check has a better fix: swap, kernel settings, ports, cgroup v1", () => {
    const what = "cgroups v1 support is deprecated";
    const reported = ["Swap", "FileContent--proc-sys-net-ipv4-ip_forward", "Port-10250"].map((check) => ({
      check,
      what: "",
    }));
    expect(kubeadmProblems("master2", [...reported, { check: "SystemVerification", what }])).toEqual([]);
    expect(
      kubeadmProblems("master2", [{ check: "SystemVerification", what: "missing required cgroups: memory" }]),
    ).toHaveLength(1);
  });
});

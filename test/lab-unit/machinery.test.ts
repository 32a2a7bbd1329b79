import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { hierarchies } from "../lab/cgroups.js";
import { kubeadmConfig } from "../lab/kubeadm-config.js";
import { hostNamespace, labIdentity } from "../lab/identity.js";
import { hostNetwork, linkName } from "../lab/network.js";
import { ownRecord, recordedProcess, startTime } from "../lab/processes.js";
import { loadScenario } from "../lab/scenario.js";

describe("labIdentity", () => {
  it("separates labs, and shares their builds", () => {
    const [one, two] = [labIdentity("one", "/cache"), labIdentity("two", "/cache")];
    expect(one.buildFolder).toBe(two.buildFolder);
    for (const key of ["imageFile", "mountPoint", "runFolder", "operatorNamespace", "cgroup"] as const) {
      expect(one[key]).not.toBe(two[key]);
    }
    expect(hostNamespace(one, "lb1")).toBe("one-lb1");
  });

  it("rejects a name that is invalid for a namespace, or ambiguous with another lab's host", () => {
    for (const name of ["", "../x", "Lab", "lab-lb1", "x".repeat(16)]) {
      expect(() => labIdentity(name, "/cache")).toThrow(/lab's name/);
    }
  });
});

describe("hostNetwork", () => {
  it("gives a host its address, and routes to the other hosts' pods", () => {
    const { scenario } = loadScenario("default");
    const lines = hostNetwork(labIdentity("lab", "/cache"), scenario, "master1").split("\n");
    expect(lines).toContain("addr add 10.88.0.11/24 dev eth0");
    expect(lines).toContain("route add 10.244.21.0/24 via 10.88.0.21");
    expect(lines).not.toContain("route add 10.244.11.0/24 via 10.88.0.11");
    expect(linkName("10.88.0.11")).toBe("v0.11");
  });

  it("gives a host an address of each family, and every host unique ones", () => {
    const of = (name: string) =>
      hostNetwork(labIdentity("lab", "/cache"), loadScenario(name).scenario, "master1").split("\n");
    for (const name of ["ipv6", "dual-stack"]) {
      expect(of(name)).toContain("addr add fd00:88::11/64 dev eth0 nodad");
      expect(of(name)).toContain("route add fd00:244:0:21::/64 via fd00:88::21");
      expect(of(name)).toContain("route add default via fd00:88::1");
    }
    expect(of("ipv6").join()).not.toContain("10.88.");
    expect(of("dual-stack")).toEqual(
      expect.arrayContaining(of("default").filter((line) => line.includes("10."))),
    );
    expect(linkName("fd00:88::11")).toBe("v6.11");
  });
});

describe("hierarchies", () => {
  it("returns every v1 hierarchy, and the unified one only if there is no other", () => {
    const hybrid = "9:name=systemd:/\n4:memory:/some/where\n1:cpu,cpuacct:/\n0::/\n";
    expect(hierarchies(hybrid)).toEqual([
      "/sys/fs/cgroup/systemd",
      "/sys/fs/cgroup/memory",
      "/sys/fs/cgroup/cpu,cpuacct",
    ]);
    expect(hierarchies("0::/user.slice\n")).toEqual(["/sys/fs/cgroup"]);
  });
});

describe("kubeadmConfig", () => {
  const nodeRegistration = { kubeletExtraArgs: { "node-ip": "10.88.0.11" } };
  const written = (version: string, podSubnet = "10.244.0.0/16") => {
    const config = [
      { kind: "InitConfiguration", nodeRegistration },
      { kind: "ClusterConfiguration", networking: { podSubnet } },
    ];
    const configuration = {
      controlPlaneEndpoint: "api.lab.example:6443",
      apiServer: { extraArgs: { v: 2 } },
    };
    const text = kubeadmConfig(
      {
        init: { host: "master1", config: config.map((one) => JSON.stringify(one)).join("\n---\n") },
        configuration,
      },
      version,
    );
    const [init, cluster] = parseAllDocuments(text).map((document) => document.toJS() as unknown);
    return { init, cluster };
  };

  it("adds only to the cluster's part: the version of the programs, and a scenario's settings", () => {
    const { init, cluster } = written("v1.20.2");
    expect(init).toEqual({
      apiVersion: "kubeadm.k8s.io/v1beta2",
      kind: "InitConfiguration",
      nodeRegistration: { ...nodeRegistration, ignorePreflightErrors: ["HTTPProxyCIDR"] },
    });
    expect(cluster).toMatchObject({
      apiVersion: "kubeadm.k8s.io/v1beta2",
      kubernetesVersion: "v1.20.2",
      controlPlaneEndpoint: "api.lab.example:6443",
      apiServer: { extraArgs: { v: 2 } },
    });
  });

  it("has flags as a list, and another API version, from 1.31 on", () => {
    const { init, cluster } = written("v1.31.14");
    const asList = [{ name: "node-ip", value: "10.88.0.11" }];
    expect(init).toMatchObject({ nodeRegistration: { kubeletExtraArgs: asList } });
    expect(cluster).toMatchObject({
      apiVersion: "kubeadm.k8s.io/v1beta4",
      apiServer: { extraArgs: [{ name: "v", value: "2" }] },
    });
    expect(written("v1.30.14").cluster).toMatchObject({ apiVersion: "kubeadm.k8s.io/v1beta3" });
  });

  it("sets the dual-stack gate only in 1.20", () => {
    const gate = { featureGates: { IPv6DualStack: true } };
    expect(written("v1.20.2", "10.244.0.0/16,fd00:244::/48").cluster).toMatchObject(gate);
    expect(written("v1.20.2").cluster).not.toHaveProperty("featureGates");
    expect(written("v1.37.2", "10.244.0.0/16,fd00:244::/48").cluster).not.toHaveProperty("featureGates");
  });
});

describe.runIf(process.platform === "linux")("recorded processes", () => {
  const file = join(mkdtempSync(join(tmpdir(), "lab-unit-")), "pid");

  it("recognizes a process again", () => {
    writeFileSync(file, ownRecord());
    expect(recordedProcess(file)?.pid).toBe(process.pid);
  });

  it("does not confuse it with a later process with the same number", () => {
    writeFileSync(file, `${process.pid} 1\n`);
    expect(recordedProcess(file)).toBeUndefined();
    writeFileSync(file, "");
    expect(recordedProcess(file)).toBeUndefined();
  });

  it("treats an ended process as gone", async () => {
    const child = spawn("true");
    await new Promise((resolve) => child.on("exit", resolve));
    expect(startTime(child.pid ?? 0)).toBeUndefined();
    expect(readFileSync("/proc/self/stat", "utf8")).not.toBe("");
  });
});

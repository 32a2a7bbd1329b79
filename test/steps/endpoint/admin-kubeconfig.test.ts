import { describe, expect, it } from "vitest";
import { adminKubeconfig } from "../../../src/steps/endpoint/admin-kubeconfig.js";
import { NOTHING, must, named, on } from "../recorded.js";

const { planOf } = on("1.20.2");

const TO = "https://10.88.0.100:6443";
const edit = (host: string, path: string, from: string, to = TO) => ({
  kind: "kubeconfig",
  host,
  path,
  from,
  to,
});

describe("admin-kubeconfig", () => {
  it("points kubeadm's file and the login user's to the endpoint", () => {
    expect(planOf(adminKubeconfig, "fresh")).toEqual({
      changes: [
        edit("master1", "/etc/kubernetes/admin.conf", "https://10.88.0.11:6443"),
        edit("master1", "/home/admin/.kube/config", "https://10.88.0.11:6443"),
      ],
      problems: [],
    });
  });

  it("changes no files that name the endpoint", () => {
    expect(planOf(adminKubeconfig, "endpoint")).toEqual(NOTHING);
  });

  it("fixes kubeadm's own file regardless of its server, and each former address once", () => {
    const { changes } = planOf(adminKubeconfig, "endpoint", ({ hosts }) => {
      must(named(hosts, "master2").admin[0]).servers = [
        "https://10.88.0.12:6443",
        TO,
        "https://10.88.0.12:6443",
      ];
    });
    expect(changes).toEqual([edit("master2", "/etc/kubernetes/admin.conf", "https://10.88.0.12:6443")]);
  });

  it("leaves other clusters in kubeadm's own file unchanged", () => {
    const other = "https://other.example.org:6443";
    const { changes } = planOf(adminKubeconfig, "endpoint", ({ hosts }) => {
      const file = must(named(hosts, "master1").admin[0]);
      file.servers = [other, "https://10.88.0.11:6443", "https://unknown:6443"];
      file.otherCa = [other];
    });
    expect(changes).toEqual([
      edit("master1", "/etc/kubernetes/admin.conf", "https://10.88.0.11:6443"),
      edit("master1", "/etc/kubernetes/admin.conf", "https://unknown:6443"),
    ]);
  });

  it("edits in a user's file only the clusters that named the first master", () => {
    const path = "/root/.kube/config";
    const servers = ["https://other.example.org:6443", "https://master1:6443", "https://10.88.0.12:6443"];
    const { changes } = planOf(adminKubeconfig, "endpoint", ({ hosts }) => {
      named(hosts, "worker1").home = [{ path, servers, modified: 1 }];
    });
    expect(changes).toEqual([edit("worker1", path, "https://master1:6443")]);
  });

  it("warns about a user's file that cannot be edited, and continues", () => {
    const path = "/home/admin/.kube/config";
    const { changes, problems } = planOf(adminKubeconfig, "endpoint", ({ hosts }) => {
      named(hosts, "worker1").home = [{ path, servers: [], modified: 0, unusable: true }];
    });
    expect(changes).toEqual([]);
    expect(problems).toEqual([
      {
        severity: "warning",
        host: "worker1",
        what: `root cannot read and write ${path}`,
        fix: `if its server is the first master, set server: ${TO} in it`,
      },
    ]);
  });

  it("follows the endpoint to another port", () => {
    const { changes } = planOf(adminKubeconfig, "endpoint", undefined, {
      cluster: { endpoint: "10.88.0.100:16443" },
    });
    expect(changes).toEqual(
      ["master1", "master2", "master3"].map((host) =>
        edit(host, "/etc/kubernetes/admin.conf", TO, "https://10.88.0.100:16443"),
      ),
    );
  });
});

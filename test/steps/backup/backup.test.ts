import { describe, expect, it } from "vitest";
import { backup } from "../../../src/steps/backup/backup.js";
import { planOf } from "../recorded.js";

const NODE_PATHS = [
  "/etc/kubernetes",
  "/var/lib/kubelet/config.yaml",
  "/var/lib/kubelet/kubeadm-flags.env",
  "/var/lib/kubelet/instance-config.yaml",
  "/var/lib/kubelet/pki",
  "/etc/default/kubelet",
  "/etc/sysconfig/kubelet",
];
const BALANCER_PATHS = [
  "/etc/haproxy",
  "/etc/keepalived",
  "/etc/sysctl.d",
  "/etc/sysctl.conf",
  "/etc/firewalld",
  "/etc/ufw",
];
const onEach = {
  kind: "backup",
  directory: "/var/backups/k8s-ha",
  operatorCopy: "none",
  operatorDirectory: "/operator/k8s-ha-backups",
};

describe("backup", () => {
  it("saves the paths of both groups on a master that is also a load balancer", () => {
    const { changes } = planOf(backup, "fresh", undefined, {
      cluster: { endpoint: "10.88.0.100:8443" },
      loadBalancers: [{ master: "master2" }],
    });
    expect(changes.filter(({ host }) => host === "master2")).toEqual([
      { ...onEach, host: "master2", paths: [...NODE_PATHS, ...BALANCER_PATHS] },
    ]);
  });

  it("saves the masters' patches from any directory", () => {
    const paths = (patches: string) =>
      planOf(backup, "fresh", undefined, { kubeadm: { patches } }).changes.map((change) =>
        change.kind === "backup" ? change.paths.filter((path) => path.includes("patches")) : [],
      );
    expect(paths("/opt/patches").flat()).toEqual(Array(3).fill("/opt/patches"));
    expect(paths("/etc/kubernetes/patches").flat()).toEqual([]);
  });

  it.each(["fresh", "endpoint"] as const)("saves every host, and etcd on the first master (%s)", (state) => {
    expect(planOf(backup, state)).toEqual({
      changes: [
        {
          ...onEach,
          host: "master1",
          // A user's kubeconfig, which another step edits.
          paths: [...NODE_PATHS, "/home/admin/.kube/config"],
          etcd: { dataDir: "/var/lib/etcd" },
        },
        { ...onEach, host: "master2", paths: NODE_PATHS },
        { ...onEach, host: "master3", paths: NODE_PATHS },
        { ...onEach, host: "lb1", paths: BALANCER_PATHS },
        { ...onEach, host: "lb2", paths: BALANCER_PATHS },
        { ...onEach, host: "worker1", paths: NODE_PATHS },
      ],
      problems: [
        {
          severity: "warning",
          what: "the backup is stored only on the hosts",
          fix: "to keep a copy on this machine too, set backup.operatorCopy to `encrypted`; or to `plain`, which stores the private keys in it unencrypted",
        },
      ],
    });
  });

  it("is planned only with other changes", () => {
    expect(backup.onlyBesideOthers).toBe(true);
  });

  it("saves etcd from its configured data directory", () => {
    const { changes } = planOf(backup, "fresh", (facts) => {
      facts.dataDir = "/srv/etcd";
    });
    expect(changes[0]).toMatchObject({ host: "master1", etcd: { dataDir: "/srv/etcd" } });
  });

  it("saves an external etcd on the first master too", () => {
    const { changes } = planOf(backup, "fresh", (facts) => {
      facts.dataDir = null;
    });
    const saved = changes.filter((change) => change.kind === "backup" && change.etcd === "external");
    expect(saved.map(({ host }) => host)).toEqual(["master1"]);
  });

  it("copies to the operator's machine if the inventory sets it, without a warning", () => {
    const { changes, problems } = planOf(backup, "fresh", undefined, {
      backup: { operatorCopy: "encrypted", operatorDirectory: "copies", passphraseFile: "secret.txt" },
    });
    expect(problems).toEqual([]);
    for (const change of changes) {
      expect(change).toMatchObject({
        operatorCopy: "encrypted",
        operatorDirectory: "/operator/copies",
        passphraseFile: "/operator/secret.txt",
      });
    }
  });
});

import { describe, expect, it } from "vitest";
import { newApiservers } from "../../../../src/steps/preflight/checks/new-apiservers.js";
import { blocker } from "../../../../src/steps/preflight/check.js";
import { labInventory, type Overrides } from "../../inventory.js";
import { externalEtcd, on, oneEtcd, type Editable } from "../../recorded.js";

const { problemsOf } = on("1.20.2");
type Facts = Editable<Awaited<ReturnType<typeof newApiservers.probe>>>;

const MANIFEST = `apiVersion: v1
kind: Pod
spec:
  containers:
  - command:
    - kube-apiserver
    - --authorization-mode=Node,RBAC
`;
const ON_MASTERS = {
  loadBalancers: ["master1", "master2", "master3"].map((master) => ({ master })),
};
const SHARED = { ...ON_MASTERS, cluster: { endpoint: "10.88.0.100:6443" } };
const FLAGS_FIX =
  "add them to apiServer.extraArgs, and their files to extraVolumes: kubectl -n kube-system edit configmap kubeadm-config";
const MOUNT_FIX = "add it to apiServer.extraVolumes: kubectl -n kube-system edit configmap kubeadm-config";

const problemsWith = (manifest: string, clusterConfiguration: string, overrides: Overrides = {}) =>
  newApiservers.problems({ manifest, clusterConfiguration, mastersJoin: true }, labInventory(overrides));

/** Adds flags to the manifest that the ClusterConfiguration does not have. */
function extraFlags(facts: Facts): void {
  facts.manifest = facts.manifest
    .replace("NodeRestriction", "NodeRestriction,PodNodeSelector")
    .replace("    - --insecure-port=0\n", "    - --encryption-provider-config=/etc/enc/config.yaml\n");
}

/** Adds a mount to the manifest that the ClusterConfiguration does not have. */
function extraMount(facts: Facts, path: string, mountPath: string): void {
  facts.manifest = facts.manifest
    .replace("  volumes:\n", `  volumes:\n  - hostPath:\n      path: ${path}\n    name: extra\n`)
    .replace("    volumeMounts:\n", `    volumeMounts:\n    - mountPath: ${mountPath}\n      name: extra\n`);
  expect(facts.manifest.match(/name: extra/g)).toHaveLength(2);
}

describe("check new-apiservers", () => {
  it.each(["apiServer:\n  extraArgs:\n  extraVolumes:\n", "apiServer:\n", "kind: ClusterConfiguration\n"])(
    "accepts a ClusterConfiguration whose sections are empty: %j",
    (configuration) => {
      expect(problemsWith(MANIFEST, configuration)).toEqual([]);
    },
  );

  it("reports flags that are only in the manifest", () => {
    expect(problemsOf(newApiservers, "fresh", extraFlags)).toEqual([
      blocker(
        "master1",
        "kube-apiserver has flags that are missing from kubeadm's ClusterConfiguration: --enable-admission-plugins, --encryption-provider-config",
        FLAGS_FIX,
      ),
    ]);
  });

  it("reports mounts that are only in the manifest", () => {
    const edit = (facts: Facts): void => {
      extraMount(facts, "/etc/oidc/", "/oidc");
      facts.manifest = facts.manifest.replace(
        "    - --insecure-port=0\n",
        "    - --oidc-ca-file=/oidc/ca.pem\n",
      );
      facts.clusterConfiguration = facts.clusterConfiguration.replace(
        "  extraArgs:\n",
        "  extraArgs:\n    oidc-ca-file: /oidc/ca.pem\n",
      );
    };
    expect(problemsOf(newApiservers, "fresh", edit)).toEqual([
      blocker(
        "master1",
        "kube-apiserver mounts /etc/oidc, which is missing from kubeadm's ClusterConfiguration",
        MOUNT_FIX,
      ),
    ]);
  });

  it("warns of a mount that no flag names", () => {
    const edit = (facts: Facts): void => {
      extraMount(facts, "/srv/spare", "/srv/spare");
    };
    expect(problemsOf(newApiservers, "fresh", edit)).toEqual([
      {
        severity: "warning",
        host: "master1",
        what: "kube-apiserver mounts /srv/spare, which is missing from kubeadm's ClusterConfiguration",
        fix: MOUNT_FIX,
      },
    ]);
  });

  it("only warns if the operator's patches may contain it", () => {
    expect(problemsOf(newApiservers, "fresh", extraFlags, { kubeadm: { patches: "/etc/patches" } })).toEqual([
      {
        severity: "warning",
        host: "master1",
        what: expect.stringContaining("--encryption-provider-config") as string,
        fix: `make sure that the patches in /etc/patches on each new master contain the setting; or ${FLAGS_FIX}`,
      },
    ]);
  });

  it("reports nothing if no master is to join, or without a manifest, which check apiserver reports", () => {
    expect(
      problemsOf(newApiservers, "fresh", (facts) => {
        extraFlags(facts);
        facts.mastersJoin = false;
      }),
    ).toEqual([]);
    expect(problemsOf(newApiservers, "fresh", (facts) => (facts.manifest = ""))).toEqual([]);
  });

  it("warns of a bind address, which extraArgs cannot set for only one machine", () => {
    const bound = `${MANIFEST}    - --bind-address=10.88.0.11\n`;
    expect(problemsWith(bound, "kind: ClusterConfiguration\n")).toEqual([
      {
        severity: "warning",
        host: "master1",
        what: "kube-apiserver listens only on 10.88.0.11 (--bind-address in its manifest); new masters' apiservers will listen on all addresses",
        fix: "keep the flag, or remove it from /etc/kubernetes/manifests/kube-apiserver.yaml; do not add it to apiServer.extraArgs, which applies to every master",
      },
    ]);
    expect(problemsWith(bound, "kind: ClusterConfiguration\n", SHARED)).toEqual([]);
  });

  it("accepts a bind address flag on the first apiserver, as an interrupted run leaves it with haproxy on the same machine", () => {
    const bound = (facts: Facts): void => {
      facts.manifest = facts.manifest.replace(
        "    - --client-ca-file",
        "    - --bind-address=10.88.0.11\n    - --client-ca-file",
      );
    };
    expect(problemsOf(newApiservers, "fresh", bound, SHARED)).toEqual([]);
    const apart = { ...ON_MASTERS, cluster: { endpoint: "10.88.0.100:8443" } };
    expect(problemsOf(newApiservers, "fresh", bound, apart).map(({ what }) => what)).toEqual([
      expect.stringContaining("listens only on 10.88.0.11 (--bind-address in its manifest)"),
    ]);
  });

  it.each([externalEtcd, oneEtcd])("accepts kubeadm's configuration with another etcd", (configured) => {
    const edit = (facts: Facts): void => {
      facts.clusterConfiguration = configured(facts.clusterConfiguration);
    };
    for (const state of ["fresh", "endpoint"] as const)
      expect(problemsOf(newApiservers, state, edit)).toEqual([]);
  });

  it("accepts mounts of the external etcd's files that kubeadm's configuration names", () => {
    const edit = (facts: Facts): void => {
      facts.clusterConfiguration = externalEtcd(facts.clusterConfiguration);
      extraMount(facts, "/etc/etcd", "/etc/etcd");
    };
    expect(problemsOf(newApiservers, "fresh", edit)).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import { manifestsOf } from "./manifests.js";
import { neededPaths, podsPaths } from "../../src/config-files/static-pod-paths.js";

interface Mount {
  path: string;
  at?: string;
  type?: string;
  readOnly?: boolean;
}

/** A manifest with kubeadm's own mount of the pki, and these flags and mounts. */
function manifest(flags: readonly string[], mounts: readonly Mount[]): string {
  const all = [
    { path: "/etc/kubernetes/pki", readOnly: true },
    { path: "/etc/ssl/certs", readOnly: true },
    ...mounts,
  ];
  const spec = {
    containers: [
      {
        command: ["kube-apiserver", "--client-ca-file=/etc/kubernetes/pki/ca.crt", ...flags],
        volumeMounts: all.map(({ path, at = path, readOnly }: Mount, index) => ({
          name: `v${index}`,
          mountPath: at,
          ...(readOnly !== undefined && { readOnly }),
        })),
      },
    ],
    volumes: all.map(({ path, type }: Mount, index) => ({ name: `v${index}`, hostPath: { path, type } })),
  };
  return JSON.stringify({ spec });
}

describe("host paths of a static pod", () => {
  it("are only those of kubeadm by default", () => {
    expect(neededPaths(manifest(["--tls-cert-file=/etc/kubernetes/pki/apiserver.crt"], []))).toEqual([]);
  });

  it.each<[string, string[], Mount[], unknown[]]>([
    [
      "a folder that a flag refers into, also without readOnly",
      ["--encryption-provider-config=/etc/kubernetes/enc/config.yaml"],
      [{ path: "/etc/kubernetes/enc/" }],
      [{ path: "/etc/kubernetes/enc", use: "read", same: true }],
    ],
    [
      "a file at another path in the pod",
      ["--audit-policy-file=/policy.yaml"],
      [{ path: "/srv/audit/policy.yaml", at: "/policy.yaml", readOnly: true }],
      [{ path: "/srv/audit/policy.yaml", use: "read", same: true }],
    ],
    [
      "a folder that is written to",
      ["--audit-log-path=/var/log/kubernetes/audit/audit.log"],
      [{ path: "/var/log/kubernetes/audit", type: "DirectoryOrCreate", readOnly: false }],
      [{ path: "/var/log/kubernetes/audit", use: "written", same: false }],
    ],
    [
      "policy and log in one folder: the log is not copied",
      ["--audit-policy-file=/etc/audit/policy.yaml", "--audit-log-path=/etc/audit/audit.log"],
      [{ path: "/etc/audit" }],
      [
        { path: "/etc/audit", use: "written", same: false },
        { path: "/etc/audit/policy.yaml", use: "read", same: true },
      ],
    ],
    [
      "a log that the kubelet creates, and the folder that it does not create",
      ["--audit-log-path=/var/log/k8s/audit.log"],
      [{ path: "/var/log/k8s/audit.log", type: "FileOrCreate", readOnly: false }],
      [
        { path: "/var/log/k8s/audit.log", use: "written", same: false, isMade: true },
        { path: "/var/log/k8s", use: "written", same: false },
      ],
    ],
    [
      "such a log in a folder that is read, and copied",
      ["--audit-policy-file=/etc/audit/policy.yaml", "--audit-log-path=/etc/audit/logs/audit.log"],
      [{ path: "/etc/audit/logs/audit.log", type: "FileOrCreate" }, { path: "/etc/audit" }],
      [
        { path: "/etc/audit/logs/audit.log", use: "written", same: false, isMade: true },
        { path: "/etc/audit", use: "read", same: true },
      ],
    ],
    [
      "single files in kubeadm's own folders, every one of a repeated flag",
      [
        "--oidc-ca-file=/etc/kubernetes/pki/oidc-ca.pem",
        "--service-account-key-file=/etc/kubernetes/pki/sa.pub",
        "--service-account-key-file=/etc/kubernetes/pki/sa-old.pub",
        "--tls-sni-cert-key=/etc/kubernetes/pki/sni.crt,/etc/kubernetes/pki/sni.key:api.example.org",
      ],
      [],
      ["oidc-ca.pem", "sa-old.pub", "sni.crt", "sni.key"].map((name) => ({
        path: `/etc/kubernetes/pki/${name}`,
        use: "read",
        same: true,
      })),
    ],
    [
      "nothing of an external etcd, whose files are copied with the shared certificates",
      [
        "--etcd-cafile=/etc/etcd/pki/ca.crt",
        "--etcd-certfile=/etc/kubernetes/pki/etcd/client.crt",
        "--etcd-keyfile=/etc/etcd/pki/client.key",
      ],
      [{ path: "/etc/etcd/pki", type: "DirectoryOrCreate", readOnly: true }],
      [],
    ],
    [
      "a file of the operating system, which may differ",
      ["--oidc-ca-file=/etc/ssl/certs/ca-certificates.crt"],
      [],
      [{ path: "/etc/ssl/certs/ca-certificates.crt", use: "read", same: false }],
    ],
    [
      "of a folder that contains kubeadm's own only what a flag names",
      ["--audit-policy-file=/etc/kubernetes/audit.yaml", "--kubeconfig=/etc/kubernetes/admin.conf"],
      [{ path: "/etc/kubernetes", readOnly: true }],
      [{ path: "/etc/kubernetes/audit.yaml", use: "read", same: true }],
    ],
    [
      "what is only read, without a flag that names it",
      [],
      [{ path: "/etc/localtime", type: "File", readOnly: true }],
      [{ path: "/etc/localtime", use: "read", same: false }],
    ],
    [
      "what is of unclear use",
      ["--etcd-servers=unix:///run/etcd.sock", "--audit-log-path=-", "--oidc-ca-file=/in/the/image.pem"],
      [{ path: "/var/run/kmsplugin", type: "DirectoryOrCreate" }],
      [{ path: "/var/run/kmsplugin", use: "unclear", same: false }],
    ],
  ])("finds %s", (_, flags, mounts, expected) => {
    expect(neededPaths(manifest(flags, mounts))).toEqual(expected);
  });

  it.each(["1.30.14", "1.37.2"] as const)(
    "are only those of kubeadm in its own manifests (%s)",
    (version) => {
      expect(podsPaths(manifestsOf(version))).toEqual([]);
    },
  );

  it.each<[string, string[], Mount[], unknown[]]>([
    ["none for etcd's data", ["--data-dir=/srv/etcd"], [{ path: "/srv/etcd" }], []],
    [
      "none for kubeadm's directory of FlexVolume drivers",
      ["--flex-volume-plugin-dir=/usr/libexec/kubernetes/kubelet-plugins/volume/exec/"],
      [{ path: "/usr/libexec/kubernetes/kubelet-plugins/volume/exec" }],
      [],
    ],
    [
      "drivers, whose files may differ",
      ["--flex-volume-plugin-dir=/opt/flex"],
      [{ path: "/opt/flex" }],
      [{ path: "/opt/flex", use: "read", same: false }],
    ],
    [
      "the value of a flag that is the next word",
      ["--config", "/etc/kubernetes/scheduler-config.yaml"],
      [{ path: "/etc/kubernetes/scheduler-config.yaml" }],
      [{ path: "/etc/kubernetes/scheduler-config.yaml", use: "read", same: true }],
    ],
  ])("find %s", (_, flags, mounts, expected) => {
    expect(neededPaths(manifest(flags, mounts))).toEqual(expected);
  });

  it("name each static pod that needs a path, which is read if one reads it", () => {
    const path = "/etc/cloud.conf";
    const manifests = {
      "kube-apiserver": manifest([], [{ path }]),
      "kube-controller-manager": manifest([`--cloud-config=${path}`], [{ path }]),
    };
    expect(podsPaths(manifests)).toEqual([{ path, use: "read", same: true, pods: Object.keys(manifests) }]);
  });
});

import { describe, expect, it } from "vitest";
import { secondMemberManifest } from "../../src/config-files/etcd-manifest.js";
import { flags } from "../../src/config-files/static-pod.js";

const [FIRST, SECOND] = [
  { name: "master1", address: "10.88.0.1" },
  { name: "master2", address: "10.88.0.12" },
];
const manifest = `metadata:
  annotations:
    kubeadm.kubernetes.io/etcd.advertise-client-urls: https://10.88.0.1:2379
spec:
  containers:
  - command:
    - etcd
    - --advertise-client-urls=https://10.88.0.1:2379
    - --initial-advertise-peer-urls=https://10.88.0.1:2380
    - --initial-cluster=node-a=https://10.88.0.1:2380
    - --listen-client-urls=https://127.0.0.1:2379,https://10.88.0.1:2379
    - --listen-metrics-urls=http://127.0.0.1:2381
    - --log-file=/var/log/10.88.0.10.log
    - --name=node-a
    - --snapshot-count=10000
    image: k8s.gcr.io/etcd:3.4.13-0
`;

describe("secondMemberManifest", () => {
  const text = secondMemberManifest(manifest, FIRST, SECOND);

  it("starts as a member of the existing cluster, with both names", () => {
    expect(Object.fromEntries(flags(text))).toEqual({
      "advertise-client-urls": "https://10.88.0.12:2379",
      "initial-advertise-peer-urls": "https://10.88.0.12:2380",
      "initial-cluster": "node-a=https://10.88.0.1:2380,master2=https://10.88.0.12:2380",
      "initial-cluster-state": "existing",
      "listen-client-urls": "https://127.0.0.1:2379,https://10.88.0.12:2379",
      "listen-metrics-urls": "http://127.0.0.1:2381",
      "log-file": "/var/log/10.88.0.10.log",
      name: "master2",
      "snapshot-count": "10000",
    });
    expect(text).toContain("etcd.advertise-client-urls: https://10.88.0.12:2379\n");
  });

  it("keeps everything else as it is on the first master", () => {
    expect(text).toContain("\n    image: k8s.gcr.io/etcd:3.4.13-0\n");
    expect(text.split("\n")).toHaveLength(manifest.split("\n").length + 1);
  });

  it("supports IPv6 addresses, and does not match longer ones", () => {
    const inIPv6 = manifest
      .replaceAll(/10\.88\.0\.1(?=:)/g, "[fd00:88::1]")
      .replaceAll("127.0.0.1", "[::1]")
      .replace("10.88.0.10.log", "fd00:88::10.log");
    const six = secondMemberManifest(
      inIPv6,
      { ...FIRST, address: "fd00:88::1" },
      { ...SECOND, address: "fd00:88::12" },
    );
    expect(Object.fromEntries(flags(six))).toMatchObject({
      "initial-cluster": "node-a=https://[fd00:88::1]:2380,master2=https://[fd00:88::12]:2380",
      "listen-client-urls": "https://[::1]:2379,https://[fd00:88::12]:2379",
      "listen-metrics-urls": "http://[::1]:2381",
      "log-file": "/var/log/fd00:88::10.log",
    });
    expect(six).toContain("etcd.advertise-client-urls: https://[fd00:88::12]:2379\n");
  });

  it("rejects an invalid manifest", () => {
    expect(() => secondMemberManifest("kind: Pod\n", FIRST, SECOND)).toThrow(/no spec\.containers/);
  });
});

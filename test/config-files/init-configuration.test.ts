import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { initConfiguration } from "../../src/config-files/init-configuration.js";
import { Secret } from "../../src/shell/secret.js";

const init = {
  clusterConfiguration: `apiVersion: kubeadm.k8s.io/v1beta2
certificatesDir: /etc/kubernetes/pki
kind: ClusterConfiguration
kubernetesVersion: v1.20.2
`,
  advertiseAddress: "192.168.1.11",
  nodeName: "master-1",
  criSocket: "/run/containerd/containerd.sock",
};
const documents = (options: Parameters<typeof initConfiguration>[0]): unknown[] =>
  parseAllDocuments(initConfiguration(options).shown()).map((document) => document.toJS() as unknown);

describe("an InitConfiguration", () => {
  it("is placed before the ClusterConfiguration, with its secret masked", () => {
    expect(initConfiguration({ ...init, certificateKey: new Secret("2".repeat(64)) }).shown())
      .toBe(`apiVersion: kubeadm.k8s.io/v1beta2
kind: InitConfiguration
certificateKey: "[secret]"
localAPIEndpoint:
  advertiseAddress: 192.168.1.11
nodeRegistration:
  name: master-1
  criSocket: /run/containerd/containerd.sock
---
${init.clusterConfiguration}`);
  });

  it("may have another certificates directory, for staging", () => {
    expect(documents({ ...init, certificatesDir: "/etc/kubernetes/staged" })).toMatchObject([
      { kind: "InitConfiguration" },
      { kind: "ClusterConfiguration", certificatesDir: "/etc/kubernetes/staged" },
    ]);
  });

  it("has the version of the cluster's kubeadm", () => {
    const clusterConfiguration = init.clusterConfiguration.replace("v1.20.2", "v1.31.0");
    expect(documents({ ...init, clusterConfiguration })).toMatchObject([
      { apiVersion: "kubeadm.k8s.io/v1beta4" },
      { apiVersion: "kubeadm.k8s.io/v1beta2" },
    ]);
  });

  it("rejects a ClusterConfiguration without a Kubernetes version", () => {
    const clusterConfiguration = init.clusterConfiguration.replace(/kubernetesVersion.*\n/, "");
    expect(() => initConfiguration({ ...init, clusterConfiguration })).toThrow("not a Kubernetes version");
  });
});

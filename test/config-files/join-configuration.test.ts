import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { joinConfiguration, joinFlags } from "../../src/config-files/join-configuration.js";
import { Secret } from "../../src/shell/secret.js";

const copied = {
  kubernetesVersion: "v1.20.2",
  endpoint: "192.168.1.100:6443",
  token: new Secret("abcdef.0123456789abcdef"),
  caCertHashes: [`sha256:${"a".repeat(64)}`],
  address: "192.168.1.12",
  controlPlane: { bindPort: 6443 },
  nodeName: "master-2",
  criSocket: "/var/run/dockershim.sock",
};
const join = { ...copied, controlPlane: { bindPort: 6443, certificateKey: new Secret("1".repeat(64)) } };

describe("a JoinConfiguration", () => {
  it("is v1beta2 for 1.20, with its secrets masked", () => {
    expect(joinConfiguration(join).shown()).toBe(`apiVersion: kubeadm.k8s.io/v1beta2
kind: JoinConfiguration
discovery:
  bootstrapToken:
    apiServerEndpoint: 192.168.1.100:6443
    token: "[secret]"
    caCertHashes:
    - sha256:${"a".repeat(64)}
  timeout: 5m0s
controlPlane:
  localAPIEndpoint:
    advertiseAddress: 192.168.1.12
    bindPort: 6443
  certificateKey: "[secret]"
nodeRegistration:
  name: master-2
  criSocket: /var/run/dockershim.sock
  kubeletExtraArgs:
    node-ip: 192.168.1.12
    register-with-taints: node-role.kubernetes.io/master=:NoSchedule
`);
  });

  it("writes secrets as strings: a key of digits is not a number", () => {
    expect(parse(joinConfiguration(join).secretText().reveal())).toMatchObject({
      discovery: { bootstrapToken: { token: "abcdef.0123456789abcdef" } },
      controlPlane: { certificateKey: "1".repeat(64) },
    });
  });

  it.each([
    ["v1.21.14", "v1beta2"],
    ["1.22.0", "v1beta3"],
    ["v1.30.9", "v1beta3"],
    ["v1.31.0", "v1beta4"],
    ["v1.36.1-rc.0", "v1beta4"],
  ])("for %s is %s", (kubernetesVersion, api) => {
    const text = joinConfiguration({ ...join, kubernetesVersion }).shown();
    expect(parse(text)).toHaveProperty("apiVersion", `kubeadm.k8s.io/${api}`);
  });

  it("has lists of flags and another timeout field in v1beta4", () => {
    const config: unknown = parse(joinConfiguration({ ...join, kubernetesVersion: "v1.31.0" }).shown());
    expect(config).toMatchObject({
      nodeRegistration: {
        kubeletExtraArgs: [
          { name: "node-ip", value: "192.168.1.12" },
          { name: "register-with-taints", value: "node-role.kubernetes.io/control-plane=:NoSchedule" },
        ],
      },
      timeouts: { discovery: "5m0s", etcdAPICall: "5m0s" },
    });
    expect(config).not.toHaveProperty("discovery.timeout");
  });

  it("extends the limits that wait for a new etcd member with a large database", () => {
    const options = { ...join, kubernetesVersion: "v1.31.0", databaseBytes: 500e6 };
    expect(parse(joinConfiguration(options).shown())).toMatchObject({
      timeouts: {
        discovery: "5m0s",
        etcdAPICall: "9m10s",
        controlPlaneComponentHealthCheck: "8m10s",
        tlsBootstrap: "9m10s",
      },
    });
    const older = joinConfiguration({ ...options, kubernetesVersion: "v1.30.0" });
    expect(older.shown()).toBe(joinConfiguration({ ...join, kubernetesVersion: "v1.30.0" }).shown());
  });

  it.each([
    ["v1.23.17", ["master"]],
    ["v1.24.0", ["master", "control-plane"]],
    ["v1.25.0", ["control-plane"]],
  ])("for %s registers the node with kubeadm's own taints: %s", (kubernetesVersion, roles) => {
    const config: unknown = parse(joinConfiguration({ ...join, kubernetesVersion }).shown());
    const taints = roles.map((role) => `node-role.kubernetes.io/${role}=:NoSchedule`).join(",");
    expect(config).toMatchObject({
      nodeRegistration: { kubeletExtraArgs: { "register-with-taints": taints } },
    });
  });

  it.each(["fd00:88::12", "fd00:88:12::"])("is valid YAML with the IPv6 address %s", (address) => {
    const six = joinConfiguration({ ...copied, endpoint: "[fd00:88::100]:6443", address }).shown();
    expect(parse(six)).toMatchObject({
      discovery: { bootstrapToken: { apiServerEndpoint: "[fd00:88::100]:6443" } },
      controlPlane: { localAPIEndpoint: { advertiseAddress: address } },
      nodeRegistration: { kubeletExtraArgs: { "node-ip": address } },
    });
  });

  it("sets both addresses of a dual-stack node for the kubelet", () => {
    const both: unknown = parse(joinConfiguration({ ...copied, secondAddress: "fd00:88::12" }).shown());
    expect(both).toMatchObject({
      controlPlane: { localAPIEndpoint: { advertiseAddress: "192.168.1.12" } },
      nodeRegistration: { kubeletExtraArgs: { "node-ip": "192.168.1.12,fd00:88::12" } },
    });
  });

  it("has no certificateKey if the certificates were copied", () => {
    expect(parse(joinConfiguration(copied).shown())).not.toHaveProperty("controlPlane.certificateKey");
  });

  it("joins a worker, without taints, by default", () => {
    const { controlPlane, ...worker } = copied;
    expect(controlPlane).toBeDefined();
    expect(joinConfiguration(worker).shown()).toBe(`apiVersion: kubeadm.k8s.io/v1beta2
kind: JoinConfiguration
discovery:
  bootstrapToken:
    apiServerEndpoint: 192.168.1.100:6443
    token: "[secret]"
    caCertHashes:
    - sha256:${"a".repeat(64)}
  timeout: 5m0s
nodeRegistration:
  name: master-2
  criSocket: /var/run/dockershim.sock
  kubeletExtraArgs:
    node-ip: 192.168.1.12
`);
  });

  it("rejects an invalid version", () => {
    expect(() => joinConfiguration({ ...join, kubernetesVersion: "latest" })).toThrow(
      "not a Kubernetes version",
    );
  });

  it("has the directory with patches from v1beta3 on; earlier versions use a flag", () => {
    const patched = { ...join, patches: "/etc/kubernetes/patches", ignorePreflightErrors: ["Port-6443"] };
    const read = (kubernetesVersion: string): unknown =>
      parse(joinConfiguration({ ...patched, kubernetesVersion }).shown());
    expect(read("v1.20.2")).not.toHaveProperty("patches");
    expect(joinFlags(patched)).toEqual(["--experimental-patches=/etc/kubernetes/patches"]);
    for (const kubernetesVersion of ["v1.22.0", "v1.31.0"]) {
      expect(read(kubernetesVersion)).toMatchObject({
        patches: { directory: "/etc/kubernetes/patches" },
        nodeRegistration: { ignorePreflightErrors: ["Port-6443"] },
      });
      expect(joinFlags({ ...patched, kubernetesVersion })).toEqual([]);
    }
    expect(joinFlags(join)).toEqual([]);
  });
});

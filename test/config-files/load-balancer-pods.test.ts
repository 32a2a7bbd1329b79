import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  haproxyPod,
  keepalivedPod,
  withoutRun,
  writtenBy,
} from "../../src/config-files/load-balancer-pods.js";
import { MANAGED } from "../../src/config-files/managed.js";

interface Pod {
  metadata: { name: string; namespace: string; annotations: Record<string, string> };
  spec: {
    hostNetwork: boolean;
    containers: {
      image: string;
      command: string[];
      livenessProbe?: object;
      securityContext: { capabilities: object };
      volumeMounts: { mountPath: string; readOnly?: boolean }[];
    }[];
    volumes: object[];
  };
}
const haproxy = haproxyPod({ image: "registry.example/haproxy:arm", port: 443 });
const keepalived = keepalivedPod({ image: "registry.example/keepalived:arm" });
const podOf = (text: string): Pod => parse(text) as Pod;

describe("a load balancer's static pods", () => {
  it.each([
    ["haproxy", haproxy],
    ["keepalived", keepalived],
  ])("%s uses the host network, and mounts its files read-only", (name, text) => {
    const { metadata, spec } = podOf(text);
    expect(text.startsWith(`${MANAGED}\n`)).toBe(true);
    expect([metadata.name, metadata.namespace]).toEqual([name, "kube-system"]);
    expect(spec.hostNetwork).toBe(true);
    const [container] = spec.containers;
    expect(container?.image).toBe(`registry.example/${name}:arm`);
    expect(container?.volumeMounts[0]).toEqual({
      mountPath: `/etc/k8s-ha/${name}`,
      name: "configuration",
      readOnly: true,
    });
    expect(spec.volumes[0]).toEqual({
      hostPath: { path: `/etc/${name}`, type: "Directory" },
      name: "configuration",
    });
  });

  it("have the capabilities that they need", () => {
    const capabilitiesOf = (text: string) => podOf(text).spec.containers[0]?.securityContext.capabilities;
    expect(capabilitiesOf(haproxy)).toEqual({ add: ["NET_BIND_SERVICE", "SETGID", "SETUID"], drop: ["ALL"] });
    expect(capabilitiesOf(keepalived)).toEqual({ add: ["NET_ADMIN", "NET_BROADCAST", "NET_RAW"] });
  });

  it("are probed on haproxy's port, as by keepalived's check", () => {
    expect(podOf(haproxy).spec.containers[0]?.livenessProbe).toMatchObject({
      tcpSocket: { host: "127.0.0.1", port: 443 },
    });
    expect(podOf(keepalived).spec.containers[0]?.livenessProbe).toBeUndefined();
  });

  it("are restarted by the kubelet after each run that writes them, but compare equal", () => {
    const first = writtenBy("20260131-221530", haproxy);
    const second = writtenBy("20260201-000000", first);
    expect(podOf(first).metadata.annotations).toEqual({ "k8s-ha/run": "20260131-221530" });
    expect(podOf(second).metadata.annotations).toEqual({ "k8s-ha/run": "20260201-000000" });
    expect([withoutRun(first), withoutRun(second)]).toEqual([haproxy, haproxy]);
  });
});

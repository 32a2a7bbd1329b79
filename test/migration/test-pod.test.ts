import { expect, it } from "vitest";
import { testPod } from "../../src/migration/test-pod.js";

it("the test pod is CoreDNS on a node that has its image, selected by no Service", () => {
  const spec = {
    serviceAccountName: "coredns",
    topologySpreadConstraints: [{ maxSkew: 1 }],
    affinity: { podAntiAffinity: {} },
    containers: [
      {
        name: "coredns",
        image: "coredns:1",
        resources: { requests: { cpu: "100m" } },
        readinessProbe: { httpGet: { path: "/ready" }, periodSeconds: 10 },
      },
    ],
  };
  const pod = testPod(
    { ...spec, priorityClassName: "system-cluster-critical" },
    ["worker1", "worker2"],
    "7",
  ) as { metadata: object; spec: Record<string, unknown> };
  expect(pod.metadata).toEqual({
    namespace: "kube-system",
    name: "k8s-ha-verification-7",
    labels: { "app.kubernetes.io/name": "k8s-ha-verification" },
  });
  expect(pod.spec).toMatchObject({ serviceAccountName: "coredns", topologySpreadConstraints: [] });
  expect(pod.spec["containers"]).toEqual([
    {
      name: "coredns",
      image: "coredns:1",
      readinessProbe: { httpGet: { path: "/ready" }, initialDelaySeconds: 0, periodSeconds: 1 },
    },
  ]);
  // It must not evict other pods.
  expect(pod.spec).not.toHaveProperty("priorityClassName");
  expect(JSON.stringify(pod.spec["affinity"])).toContain('"values":["worker2"]');
  expect(JSON.stringify(pod.spec["affinity"])).not.toContain("podAntiAffinity");
  // kubeadm's own CoreDNS runs where the scheduler wants it.
  expect(testPod(spec, [], "7")).toMatchObject({ spec: { affinity: {} } });
});

import { describe, expect, it } from "vitest";
import { componentConfigHash } from "../../../src/config-files/config-hash.js";
import { kubeProxy } from "../../../src/steps/endpoint/kube-proxy.js";
import { must, NOTHING, planOf, recorded } from "../recorded.js";

const KUBEADM_HASH = "kubeadm.kubernetes.io/component-config.hash";
const dataOf = (state: "fresh" | "endpoint"): Record<string, string> =>
  must(must(recorded(kubeProxy, state).map).data);
const before = must(dataOf("fresh")["kubeconfig.conf"]);
const after = must(dataOf("endpoint")["kubeconfig.conf"]);
const configHash = must(
  must(recorded(kubeProxy, "endpoint").daemonSet).spec.template.metadata.annotations?.["k8s-ha/config-hash"],
);
const map = (data: object) => ({
  kind: "config-map",
  host: "master1",
  namespace: "kube-system",
  name: "kube-proxy",
  data,
});
const restart = {
  kind: "rollout",
  host: "master1",
  workload: "DaemonSet",
  namespace: "kube-system",
  name: "kube-proxy",
  interruption: {
    what: "nothing: the rules that kube-proxy wrote stay in the kernel while it restarts",
    seconds: 0,
  },
};

describe("kube-proxy", () => {
  it("edits its kubeconfig and restarts its pods", () => {
    expect(planOf(kubeProxy, "fresh")).toEqual({
      changes: [map({ "kubeconfig.conf": { before, after } }), { ...restart, configHash }],
      problems: [],
    });
  });

  it("is unchanged if its pods were started with the endpoint", () => {
    expect(planOf(kubeProxy, "endpoint")).toEqual(NOTHING);
  });

  it("continues a rollout that a lost host stopped", () => {
    const { changes } = planOf(kubeProxy, "endpoint", (facts) => Object.assign(facts, { isStuck: true }));
    expect(changes).toEqual([{ ...restart, configHash }]);
  });

  it("restarts pods whose template is older than the current configuration", () => {
    const { changes } = planOf(kubeProxy, "endpoint", ({ map, daemonSet }) => {
      delete must(daemonSet).spec.template.metadata.annotations;
      for (const each of must(must(map).metadata.managedFields)) each.time = "2999-01-01T00:00:00Z";
    });
    expect(changes).toEqual([{ ...restart, configHash }]);
  });

  it("restarts pods if it is unknown whether pods or configuration are newer", () => {
    const { changes } = planOf(kubeProxy, "endpoint", ({ map, daemonSet }) => {
      delete must(daemonSet).spec.template.metadata.annotations;
      delete must(map).metadata.managedFields;
    });
    expect(changes).toEqual([{ ...restart, configHash }]);
  });

  it("does not restart pods that an upgrade created with the current configuration, without our annotation", () => {
    const plan = planOf(kubeProxy, "endpoint", ({ daemonSet }) => {
      delete must(daemonSet).spec.template.metadata.annotations;
    });
    expect(plan).toEqual(NOTHING);
  });

  it("keeps kubeadm's hash valid if it was valid, so that upgrades keep managing it", () => {
    const { changes } = planOf(kubeProxy, "fresh", (facts) => {
      must(facts.map).metadata.annotations = { [KUBEADM_HASH]: componentConfigHash(dataOf("fresh")) };
    });
    expect(changes[0]).toEqual({
      ...map({ "kubeconfig.conf": { before, after } }),
      annotations: { [KUBEADM_HASH]: componentConfigHash(dataOf("endpoint")) },
    });
  });

  it("does not change a hash that shows that a user edited the configuration", () => {
    const { changes } = planOf(kubeProxy, "fresh", (facts) => {
      must(facts.map).metadata.annotations = { [KUBEADM_HASH]: "sha256:0000" };
    });
    expect(changes[0]).not.toHaveProperty("annotations");
  });

  it("moves another endpoint, and nothing else of the configuration", () => {
    const { changes } = planOf(kubeProxy, "endpoint", undefined, {
      cluster: { endpoint: "10.88.0.100:16443" },
    });
    const moved = after.replace("10.88.0.100:6443", "10.88.0.100:16443");
    expect(changes[0]).toEqual(map({ "kubeconfig.conf": { before: after, after: moved } }));
    expect(changes.map(({ kind }) => kind)).toEqual(["config-map", "rollout"]);
  });

  it.each(["map", "daemonSet"] as const)("plans nothing without kube-proxy's %s", (gone) => {
    const plan = planOf(kubeProxy, "fresh", (facts) => {
      facts[gone] = undefined;
    });
    expect(plan).toEqual(NOTHING);
  });
});

import { expect, it } from "vitest";
import { clusterObject, readsConfigMap } from "../../src/cluster/cluster-object.js";

it.each<[string, object, object[]]>([
  ["all its variables", { envFrom: [{ secretRef: { name: "s" } }, { configMapRef: { name: "cni" } }] }, []],
  [
    "one of its variables",
    { env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "cni", key: "a" } } }] },
    [],
  ],
  ["its files", {}, [{ name: "v", configMap: { name: "cni" } }]],
  [
    "some of many files",
    {},
    [{ name: "v", projected: { sources: [{ secret: {} }, { configMap: { name: "cni" } }] } }],
  ],
])("a workload reads a ConfigMap for %s", (_, container, volumes) => {
  const item = {
    metadata: { namespace: "a", name: "b" },
    spec: { template: { spec: { containers: [{ name: "c", ...container }], volumes } } },
  };
  const object = clusterObject({ kind: "Deployment", item });
  expect([readsConfigMap(object, "cni"), readsConfigMap(object, "other")]).toEqual([true, false]);
});

import { Failure } from "../../../src/failure.js";
import type { Inventory } from "../../../src/inventory/schema.js";
import { members } from "../../../src/inventory/targets.js";
import { Fleet, type ReadOnlyFleet } from "../../../src/machine/fleet.js";
import { sh, shellLines } from "../../../src/shell/shell.js";
import type { Connection } from "../../../src/transport/transport.js";
import type { Sandbox } from "../../machine/sandbox.js";
import { labInventory } from "../inventory.js";

/** A host without a tool that the machine of the tests may have: `command -v` does not find it. */
export function without(tool: string, sandbox: Sandbox): Connection {
  const hides = sh`command() { [ "$2" != ${tool} ] && type "$2"; }`;
  return {
    target: sandbox.target,
    run: (command) => sandbox.run({ ...command, script: shellLines(hides, command.script) }),
    close: () => sandbox.close(),
  };
}

/** A fleet of these machines by name; all others are the first sandbox. */
export function looking(
  first: Connection,
  others: Readonly<Record<string, Connection>> = {},
  inventory: Inventory = labInventory(),
): ReadOnlyFleet {
  const connections = members(inventory).map(({ name }) => [name, others[name] ?? first] as const);
  return new Fleet(inventory, new Map(connections)).look();
}

/** Serves a fresh cluster with only master1: its node, its etcd member and kubeadm-config. */
export function servesFreshCluster(first: Sandbox, kubernetesVersion = "v1.20.2"): void {
  const labels = { "node-role.kubernetes.io/control-plane": "" };
  const addresses = [{ type: "InternalIP", address: "10.88.0.11" }];
  const ClusterConfiguration = `kubernetesVersion: ${kubernetesVersion}\n`;
  first.web.login();
  first.web.etcd([{ ID: "1", name: "master1", peerURLs: ["https://10.88.0.11:2380"] }]);
  first.web.api({
    "/api/v1/nodes": { items: [{ metadata: { name: "master1", labels }, status: { addresses } }] },
    "/api/v1/namespaces/kube-system/configmaps/kubeadm-config": {
      metadata: { name: "kubeadm-config" },
      data: { ClusterConfiguration },
    },
  });
  first.file("/etc/kubernetes/manifests/kube-apiserver.yaml", "");
  first.answer("kubelet", "");
}

/** A host whose connection is lost. */
export function unreachable(name: string): Connection {
  return broken(new Failure("the connection broke", { host: name }));
}

/** A host on which everything fails with this error. */
export function broken(error: Error): Connection {
  const target = {
    name: "broken",
    address: "127.0.0.1",
    port: 22,
    user: "root",
    identityFiles: [],
    knownHostsFiles: [],
    connectTimeoutMs: 1000,
  };
  return { target, run: () => Promise.reject(error), close: () => Promise.resolve() };
}

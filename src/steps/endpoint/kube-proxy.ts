import { createHash } from "node:crypto";
import { CONFIG_HASH_ANNOTATION } from "../../changes/rollout.js";
import type { Change } from "../../changes/change.js";
import { componentConfigHash } from "../../config-files/config-hash.js";
import { replaceServer, servers } from "../../config-files/kubeconfig.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { progressOf } from "../../cluster/daemon-pods.js";
import { workload, type Workload } from "../../cluster/workloads.js";
import { configMap, type ConfigMap, lastWrite } from "../../cluster/kubernetes.js";
import { check, type Step } from "../step.js";
import { CERTIFICATE_FIRST } from "./certificate-first.js";

interface Facts {
  /** Both `undefined` in a cluster without kube-proxy. */
  readonly map: ConfigMap | undefined;
  readonly daemonSet: Pick<Workload, "metadata" | "spec"> | undefined;
  /** With lost hosts: a rollout that an earlier run started is incomplete. */
  readonly isStuck?: boolean;
}

const NAMESPACE = "kube-system";
const KEY = "kubeconfig.conf";
/** kubeadm's hash of a component's configuration: valid if no user edited it (kubeadm, componentconfigs/checksums.go). */
const KUBEADM_HASH = "kubeadm.kubernetes.io/component-config.hash";

/**
 * Whether pods of the current template have read the current configuration, because it is older than the template.
 * `kubeadm upgrade apply` writes both in this order, without the annotation (phases/addons/proxy/proxy.go).
 */
function isReadAlready({ map, daemonSet }: Facts): boolean {
  const configuration = lastWrite(map?.metadata.managedFields, ["f:data"]);
  const template = lastWrite(daemonSet?.metadata.managedFields, ["f:spec", "f:template"]);
  return configuration !== undefined && template !== undefined && template >= configuration;
}

async function facts(fleet: ReadOnlyFleet): Promise<Facts> {
  const [map, found] = await Promise.all([
    configMap(fleet, NAMESPACE, "kube-proxy"),
    workload(fleet.firstMaster, "DaemonSet", NAMESPACE, "kube-proxy"),
  ]);
  if (fleet.lost.size === 0) return { map, daemonSet: found };
  const progress = await progressOf(fleet, { kind: "DaemonSet", namespace: NAMESPACE, name: "kube-proxy" });
  return { map, daemonSet: found, isStuck: progress?.byHand === false && progress.rolled < progress.wanted };
}

/** Points kube-proxy on every node to the endpoint. */
export const kubeProxy: Step<Facts> = {
  id: "kube-proxy",
  title: "Point kube-proxy to the endpoint",
  why: "With the former address, kube-proxy on every node loses the API if the first master fails.",
  requires: [
    CERTIFICATE_FIRST,
    { steps: ["kube-proxy-rollout"], where: "anywhere", why: "the rollout must be verified to complete" },
  ],
  rollout: "together",
  on: "first-master",
  probe: facts,
  plan({ map, daemonSet: present, isStuck = false }, inventory) {
    const before = map?.data?.[KEY];
    if (map?.data === undefined || before === undefined || present === undefined) return { changes: [] };
    const host = inventory.controlPlane[0]?.name ?? "";
    const { url } = inventory.cluster.endpoint;
    const after = servers(before).reduce((text, { server }) => replaceServer(text, server, url), before);
    const data = { ...map.data, [KEY]: after };
    const changes: Change[] = [];
    if (after !== before) {
      const wasValid = map.metadata.annotations?.[KUBEADM_HASH] === componentConfigHash(map.data);
      changes.push({
        kind: "config-map",
        host,
        namespace: NAMESPACE,
        name: "kube-proxy",
        data: { [KEY]: { before, after } },
        ...(wasValid && { annotations: { [KUBEADM_HASH]: componentConfigHash(data) } }),
      });
    }
    const configHash = createHash("sha256").update(JSON.stringify(data)).digest("hex").slice(0, 16);
    const isMarked = present.spec.template.metadata.annotations?.[CONFIG_HASH_ANNOTATION] === configHash;
    const isDone = isMarked || (after === before && isReadAlready({ map, daemonSet: present }));
    if (!isDone || isStuck) {
      changes.push({
        kind: "rollout",
        host,
        workload: "DaemonSet",
        namespace: NAMESPACE,
        name: "kube-proxy",
        configHash,
        interruption: {
          what: "nothing: the rules that kube-proxy wrote stay in the kernel while it restarts",
          seconds: 0,
        },
      });
    }
    return { changes };
  },
  async verify(fleet) {
    const { map } = await facts(fleet);
    const text = map?.data?.[KEY];
    if (text === undefined) return [];
    const named = servers(text).map(({ server }) => server);
    return [
      check(
        fleet.firstMaster.name,
        "server in kube-proxy's ConfigMap",
        fleet.inventory.cluster.endpoint.url,
        named.join(", "),
      ),
    ];
  },
};

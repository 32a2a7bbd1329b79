import { httpsUrl } from "../address.js";
import { apiGetFrom, apiList } from "../cluster/api.js";
import { isReady, type Pod } from "../cluster/kubernetes.js";
import { lostNodes } from "../cluster/lost-pods.js";
import { VERIFICATION, verificationMetadata } from "../cluster/verification-objects.js";
import { Failure } from "../failure.js";
import { asAdmin } from "../machine/api-batch.js";
import type { Fleet } from "../machine/fleet.js";
import type { WritableHost } from "../machine/host.js";
import { isLost, waitUntil } from "../machine/wait.js";
import { APISERVER_PORT } from "../ports.js";
import { sh } from "../shell/shell.js";
import { check, type Check } from "../steps/step.js";

const NAMESPACE = `/api/v1/namespaces/${VERIFICATION.namespace}`;
const COREDNS = `/apis/apps/v1/namespaces/${VERIFICATION.namespace}/deployments/coredns`;
const READY_SECONDS = 90;
const WORKS = "scheduled, Ready";

interface Deployment {
  readonly spec: { readonly template: { readonly spec: PodSpec } };
}

/** A pod's spec, of which only these fields are read. */
interface PodSpec extends Readonly<Record<string, unknown>> {
  readonly containers: readonly Readonly<Record<string, unknown>>[];
}

/**
 * Starts a pod, waits until it is Ready, and removes it. It is CoreDNS with the cluster's own image and configuration,
 * because every kubeadm cluster has that image, and because CoreDNS is Ready only after it has listed the Services
 * through the Service `kubernetes` with its ServiceAccount's token (coredns: plugin/kubernetes/ready.go). So the pod was
 * scheduled, has an address, and reaches the API. Clients never use it, because no Service selects its labels.
 * @param id differs between runs
 * @returns no check if the cluster has no Deployment `coredns`, or one that uses its nodes' ports
 */
export async function testPodChecks(fleet: Fleet, id: string): Promise<Check[]> {
  const first = fleet.firstMaster;
  const look = fleet.look();
  const [deployment, running, lost] = await Promise.all([
    apiGetFrom<Deployment>(look.firstMaster, COREDNS),
    apiList<Pod>(look, `${NAMESPACE}/pods?labelSelector=k8s-app%3Dkube-dns`),
    lostNodes(look),
  ]);
  const spec = deployment?.spec.template.spec;
  if (spec === undefined || spec["hostNetwork"] === true) return [];
  const nodes = [...new Set(running.filter(isReady).flatMap(({ spec }) => spec.nodeName ?? []))].filter(
    (node) => !lost.includes(node),
  );
  const { name } = verificationMetadata(id);
  const own = httpsUrl(first.address, APISERVER_PORT);
  const pod = JSON.stringify(testPod(spec, nodes, id, lost));
  const answer = await first.run(
    asAdmin(
      sh`end=$(($(date +%s) + 20))
ask -w '\n%{http_code}' -H 'Content-Type: application/json' -d ${pod} ${`${own}${NAMESPACE}/pods`}`,
    ),
  );
  try {
    const actual = answer.endsWith("201")
      ? await readiness(fleet, name)
      : `not created: ${answer.slice(-500)}`;
    return [check(first.name, `pod ${name}, which asks the Service kubernetes`, WORKS, actual)];
  } finally {
    await removeTestPod(first, name).catch(() => undefined);
  }
}

/**
 * A pod like those of CoreDNS, on a node that runs CoreDNS and so has its image.
 * It requests nothing and has no priority, so that it evicts no other pod.
 * @param nodes names of nodes; any node but the lost ones if empty
 */
export function testPod(
  spec: PodSpec,
  nodes: readonly string[],
  id: string,
  lost: readonly string[] = [],
): Readonly<Record<string, unknown>> {
  const containers = spec.containers.map((container) => ({
    ...without(container, ["resources"]),
    // kubeadm's probe asks every 10 s.
    ...(isObject(container["readinessProbe"]) && {
      readinessProbe: { ...container["readinessProbe"], initialDelaySeconds: 0, periodSeconds: 1 },
    }),
  }));
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: verificationMetadata(id),
    spec: {
      ...without(spec, ["priorityClassName", "priority"]),
      containers,
      topologySpreadConstraints: [],
      terminationGracePeriodSeconds: 1,
      affinity: nodes.length === 0 ? onNoneOf(lost) : onOneOf(nodes),
    },
  };
}

function without(object: Readonly<Record<string, unknown>>, keys: readonly string[]) {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

function onOneOf(nodes: readonly string[]): Readonly<Record<string, unknown>> {
  return onNodes(nodes.map((name) => ({ matchFields: [{ ...NAMED, operator: "In", values: [name] }] })));
}

/** A field takes one value only. */
function onNoneOf(nodes: readonly string[]): Readonly<Record<string, unknown>> {
  if (nodes.length === 0) return {};
  return onNodes([{ matchFields: nodes.map((name) => ({ ...NAMED, operator: "NotIn", values: [name] })) }]);
}

const NAMED = { key: "metadata.name" };

function onNodes(nodeSelectorTerms: readonly object[]): Readonly<Record<string, unknown>> {
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** Waits for the pod. */
async function readiness(fleet: Fleet, name: string): Promise<string> {
  let pod: Pod | undefined;
  try {
    const isThere = async () => {
      pod = await find(fleet, name);
      return pod !== undefined && isReady(pod);
    };
    await waitUntil(`the pod ${name}`, READY_SECONDS, fleet.signal, isThere, () => stateOf(pod));
    return WORKS;
  } catch (error) {
    if (!(error instanceof Failure) || isLost(error)) throw error;
    return `not Ready, and for ${READY_SECONDS} s no change: ${stateOf(pod)}`;
  }
}

function find(fleet: Fleet, name: string): Promise<Pod | undefined> {
  return apiGetFrom<Pod>(fleet.firstMaster, `${NAMESPACE}/pods/${name}`);
}

function stateOf(pod: Pod | undefined): string {
  if (pod === undefined) return "it was deleted";
  const node = pod.spec.nodeName;
  if (node === undefined) return "not scheduled";
  return `${pod.status.phase ?? "no status"} on ${node}`;
}

/** Deletes the pod, and waits until it is gone. */
async function removeTestPod(first: WritableHost, name: string): Promise<void> {
  const url = `${httpsUrl(first.address, APISERVER_PORT)}${NAMESPACE}/pods/${name}`;
  await first.run(
    asAdmin(sh`end=$(($(date +%s) + 40)) n=0
while [ "$(ask -o /dev/null -w '%{http_code}' -X DELETE ${url})" != 404 ] && [ $n -lt 30 ]; do n=$((n + 1)); sleep 1; done`),
  );
}

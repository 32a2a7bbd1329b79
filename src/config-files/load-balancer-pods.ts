import { MANAGED } from "./managed.js";
import { asKubeadm } from "./yaml-text.js";

/** The static pods that a load balancer on a master may be. */
export type BalancerPod = "haproxy" | "keepalived";

/** Which run wrote a manifest; another name there makes the kubelet start the pod anew. */
const RUN = "k8s-ha/run";
const RUN_LINE = /^( +k8s-ha\/run: ).*$/m;
/** Stands for the run's name in what a plan shows. */
const UNKNOWN_RUN = "known when reached";

/**
 * Where a pod has the host's folder `/etc/PROGRAM`. Not at the same place: an image may have files of its own there, as
 * Debian's keepalived 2.3 has `keepalived.config-opts`, without which it does not start.
 */
export function configurationFolder(pod: BalancerPod): string {
  return `/etc/k8s-ha/${pod}`;
}

interface PodParts {
  readonly image: string;
  readonly command: readonly string[];
  readonly capabilities: object;
  readonly livenessProbe?: object;
  /** A folder in which the program makes a socket of its own. */
  readonly scratch?: string;
}

function manifest(
  name: BalancerPod,
  { image, command, capabilities, livenessProbe, scratch }: PodParts,
): string {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      annotations: { [RUN]: UNKNOWN_RUN },
      labels: { component: name, tier: "load-balancer" },
      name,
      namespace: "kube-system",
    },
    spec: {
      containers: [
        {
          command,
          image,
          imagePullPolicy: "IfNotPresent",
          ...(livenessProbe && { livenessProbe }),
          name,
          // As kubeadm asks for etcd: on a busy master they must not be the ones that wait.
          resources: { requests: { cpu: "100m", memory: "100Mi" } },
          // Some images have another user by default, who may neither bind port 443 nor add an address.
          securityContext: { capabilities, runAsGroup: 0, runAsUser: 0 },
          volumeMounts: [
            { mountPath: configurationFolder(name), name: "configuration", readOnly: true },
            ...(scratch === undefined ? [] : [{ mountPath: scratch, name: "scratch" }]),
          ],
        },
      ],
      hostNetwork: true,
      priorityClassName: "system-node-critical",
      // Watches never end: nothing is gained by waiting for them.
      terminationGracePeriodSeconds: 5,
      volumes: [
        { hostPath: { path: `/etc/${name}`, type: "Directory" }, name: "configuration" },
        ...(scratch === undefined ? [] : [{ emptyDir: {}, name: "scratch" }]),
      ],
    },
  };
  return `${MANAGED}\n${asKubeadm(pod)}\n`;
}

/**
 * The manifest of haproxy's static pod. It binds the endpoint's port, which may be below 1024, as root, and goes on as
 * the user that haproxy.cfg names. The probe asks on the address that keepalived's check asks on.
 */
export function haproxyPod({ image, port }: { readonly image: string; readonly port: number }): string {
  return manifest("haproxy", {
    image,
    command: ["haproxy", "-db", "-f", `${configurationFolder("haproxy")}/haproxy.cfg`],
    capabilities: { add: ["NET_BIND_SERVICE", "SETGID", "SETUID"], drop: ["ALL"] },
    livenessProbe: {
      failureThreshold: 3,
      initialDelaySeconds: 5,
      periodSeconds: 10,
      tcpSocket: { host: "127.0.0.1", port },
      timeoutSeconds: 5,
    },
    scratch: "/var/lib/haproxy",
  });
}

/** The manifest of keepalived's static pod, which sets the VIP on the host's own interface. It has no port to be asked on. */
export function keepalivedPod({ image }: { readonly image: string }): string {
  return manifest("keepalived", {
    image,
    command: [
      "keepalived",
      "--dont-fork",
      "--log-console",
      `--use-file=${configurationFolder("keepalived")}/keepalived.conf`,
    ],
    capabilities: { add: ["NET_ADMIN", "NET_BROADCAST", "NET_RAW"] },
  });
}

/** A manifest as this run writes it. */
export function writtenBy(run: string, text: string): string {
  return text.replace(RUN_LINE, `$1"${run}"`);
}

/** A manifest whoever wrote it, for comparing and showing. */
export function withoutRun(text: string): string {
  return text.replace(RUN_LINE, `$1${UNKNOWN_RUN}`);
}

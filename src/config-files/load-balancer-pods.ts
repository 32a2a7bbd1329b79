import { MANAGED } from "./managed.js";
import { asKubeadm } from "./yaml-text.js";

/** The static pods of a load balancer on a master. */
export type BalancerPod = "haproxy" | "keepalived";

/** The run that wrote a manifest; another value makes the kubelet restart the pod. */
const RUN = "k8s-ha/run";
const RUN_LINE = /^( +k8s-ha\/run: ).*$/m;
/** The placeholder for the run's name in a plan. */
const UNKNOWN_RUN = "known when reached";

/**
 * The mount path of the host's directory `/etc/PROGRAM` in a pod. Not the same path: an image may have its own files
 * there, such as `keepalived.config-opts` in Debian's keepalived 2.3, without which it does not start.
 */
export function configurationFolder(pod: BalancerPod): string {
  return `/etc/k8s-ha/${pod}`;
}

interface PodParts {
  readonly image: string;
  readonly command: readonly string[];
  readonly capabilities: object;
  readonly livenessProbe?: object;
  /** A directory in which the program creates its socket. */
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
          // As kubeadm requests for etcd, so that they are not starved on a busy master.
          resources: { requests: { cpu: "100m", memory: "100Mi" } },
          // The default user of some images can neither bind port 443 nor add an address.
          securityContext: { capabilities, runAsGroup: 0, runAsUser: 0 },
          volumeMounts: [
            { mountPath: configurationFolder(name), name: "configuration", readOnly: true },
            ...(scratch === undefined ? [] : [{ mountPath: scratch, name: "scratch" }]),
          ],
        },
      ],
      hostNetwork: true,
      priorityClassName: "system-node-critical",
      // Watches never end: waiting for them is useless.
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
 * The manifest of haproxy's static pod. It binds the endpoint's port, which may be below 1024, as root, then switches to
 * the user in haproxy.cfg. The probe uses the same address as keepalived's check.
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

/** The manifest of keepalived's static pod, which sets the VIP on the host's interface. It has no port to probe. */
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

/** A manifest with the name of this run. */
export function writtenBy(run: string, text: string): string {
  return text.replace(RUN_LINE, `$1"${run}"`);
}

/** A manifest without the name of its run, to compare and show. */
export function withoutRun(text: string): string {
  return text.replace(RUN_LINE, `$1${UNKNOWN_RUN}`);
}

import type { Secret } from "../shell/secret.js";
import { extraArgs, kubeadmApi, masterTaints } from "./kubeadm-api.js";
import { masked, type MaskedText } from "./masked-text.js";
import { asKubeadm } from "./yaml-text.js";

/** What `kubeadm join --config` is told. */
export interface JoinOptions {
  readonly kubernetesVersion: string;
  /** `ADDRESS:PORT`. */
  readonly endpoint: string;
  readonly token: Secret;
  /** `sha256:` and the hash of the CA's public key (SPKI), in hex. */
  readonly caCertHashes: readonly string[];
  /** The node's own address: explicit, or kubeadm takes the default route's, which may be the VIP (kubernetes/kubeadm#2275). */
  readonly address: string;
  /** In a dual-stack cluster: the node's address of the other family. */
  readonly secondAddress?: string;
  /** What makes it a master; left out for a worker. */
  readonly controlPlane?: {
    readonly bindPort: number;
    /** Left out when the certificates were copied: kubeadm then downloads none. */
    readonly certificateKey?: Secret;
  };
  readonly nodeName: string;
  readonly criSocket: string;
  /** A folder with patches for the manifests that kubeadm writes. */
  readonly patches?: string;
  /** What kubeadm looks at beforehand, and is not to mind. */
  readonly ignorePreflightErrors?: readonly string[];
}

/** What a kubelet is told of its node's addresses. */
export function nodeIp({ address, secondAddress }: Pick<JoinOptions, "address" | "secondAddress">): string {
  return secondAddress === undefined ? address : `${address},${secondAddress}`;
}

/** Instead of kubeadm's 2 min: on a busy machine a new member needs longer to be started. */
const ETCD_TIMEOUT = "5m0s";

const indent = (text: string, spaces: number): string => text.replaceAll(/^(?=.)/gm, " ".repeat(spaces));

/**
 * JoinConfiguration for a new master or worker, in the version that its kubeadm knows. v1beta4 has lists of flags, and
 * `timeouts.discovery` where `discovery.timeout` was (kubeadm's v1beta4 doc.go). The kubelet's node-ip is always
 * set: without it a kubelet takes any local address, and later the VIP, for its own. A master is born with its taints:
 * those that kubeadm adds are lost when the node controller takes one of its own away meanwhile (kubernetes#128304).
 */
export function joinConfiguration(options: JoinOptions): MaskedText {
  const api = kubeadmApi(options.kubernetesVersion);
  const isV1beta4 = api === "kubeadm.k8s.io/v1beta4";
  const timeout = "5m0s";
  const { controlPlane } = options;
  const rest = asKubeadm({
    nodeRegistration: {
      name: options.nodeName,
      criSocket: options.criSocket,
      kubeletExtraArgs: extraArgs(api, {
        "node-ip": nodeIp(options),
        ...(controlPlane && { "register-with-taints": masterTaints(options.kubernetesVersion) }),
      }),
      ...(options.ignorePreflightErrors && { ignorePreflightErrors: options.ignorePreflightErrors }),
    },
    ...(hasPatches(options) && { patches: { directory: options.patches } }),
    ...(isV1beta4 && { timeouts: { discovery: timeout, etcdAPICall: ETCD_TIMEOUT } }),
  });
  return masked`apiVersion: ${api}
kind: JoinConfiguration
discovery:
  bootstrapToken:
    apiServerEndpoint: ${asKubeadm(options.endpoint)}
    token: "${options.token}"
${indent(asKubeadm({ caCertHashes: options.caCertHashes }), 4)}
${isV1beta4 ? "" : `  timeout: ${timeout}\n`}${controlPlane ? asMaster(options.address, controlPlane) : ""}${rest}
`;
}

/** What `kubeadm join` is told beside its configuration: up to 1.21 (v1beta2) that has no word for patches. */
export function joinFlags(options: Pick<JoinOptions, "kubernetesVersion" | "patches">): string[] {
  const { patches } = options;
  return patches === undefined || hasPatches(options) ? [] : [`--experimental-patches=${patches}`];
}

/** Whether the configuration itself names the folder with patches. */
function hasPatches({
  kubernetesVersion,
  patches,
}: Pick<JoinOptions, "kubernetesVersion" | "patches">): boolean {
  return patches !== undefined && kubeadmApi(kubernetesVersion) !== "kubeadm.k8s.io/v1beta2";
}

function asMaster(
  address: string,
  { bindPort, certificateKey }: NonNullable<JoinOptions["controlPlane"]>,
): MaskedText {
  const key = certificateKey === undefined ? "" : masked`  certificateKey: "${certificateKey}"\n`;
  return masked`controlPlane:
  localAPIEndpoint:
    advertiseAddress: ${asKubeadm(address)}
    bindPort: ${bindPort}
${key}`;
}

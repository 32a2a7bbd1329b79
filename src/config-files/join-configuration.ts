import type { Secret } from "../shell/secret.js";
import { extraArgs, kubeadmApi, masterTaints } from "./kubeadm-api.js";
import { joinTimeouts } from "./kubeadm-limits.js";
import { masked, type MaskedText } from "./masked-text.js";
import { asKubeadm } from "./yaml-text.js";

/** The input of `kubeadm join --config`. */
export interface JoinOptions {
  readonly kubernetesVersion: string;
  /** `ADDRESS:PORT`. */
  readonly endpoint: string;
  readonly token: Secret;
  /** `sha256:` and the hex hash of the CA's public key (SPKI). */
  readonly caCertHashes: readonly string[];
  /** The node's own address: explicit, because kubeadm uses the default route's, possibly the VIP (kubernetes/kubeadm#2275). */
  readonly address: string;
  /** In a dual-stack cluster: the node's address of the other family. */
  readonly secondAddress?: string;
  /** The settings of a new master; absent for a worker. */
  readonly controlPlane?: {
    readonly bindPort: number;
    /** Absent if the certificates were copied: kubeadm then downloads none. */
    readonly certificateKey?: Secret;
  };
  readonly nodeName: string;
  readonly criSocket: string;
  /** A directory with patches for kubeadm's manifests. */
  readonly patches?: string;
  /** The size of etcd's database, if the join adds a member: it extends kubeadm's limits. */
  readonly databaseBytes?: number;
  /** The names of kubeadm preflight checks to ignore. */
  readonly ignorePreflightErrors?: readonly string[];
}

/** The kubelet's flag for its node's addresses. */
export function nodeIp({ address, secondAddress }: Pick<JoinOptions, "address" | "secondAddress">): string {
  return secondAddress === undefined ? address : `${address},${secondAddress}`;
}

/** Such as `5m0s`, as kubeadm writes it. */
function goDuration(seconds: number): string {
  return `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

const indent = (text: string, spaces: number): string => text.replaceAll(/^(?=.)/gm, " ".repeat(spaces));

/**
 * JoinConfiguration for a new master or worker, in the version of its kubeadm. v1beta4 has lists of flags, and
 * `timeouts.discovery` in place of `discovery.timeout` (kubeadm's v1beta4 doc.go). The kubelet's node-ip is always set:
 * without it, a kubelet uses any local address, and later the VIP. A master registers with its taints: those that kubeadm
 * adds afterwards are lost if the node controller removes one of its own at the same time (kubernetes#128304).
 */
export function joinConfiguration(options: JoinOptions): MaskedText {
  const api = kubeadmApi(options.kubernetesVersion);
  const isV1beta4 = api === "kubeadm.k8s.io/v1beta4";
  const limits: Readonly<Record<string, number>> = { ...joinTimeouts(options.databaseBytes) };
  const timeouts = Object.fromEntries(
    Object.entries(limits).map(([name, seconds]) => [name, goDuration(seconds)]),
  );
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
    ...(isV1beta4 && { timeouts }),
  });
  return masked`apiVersion: ${api}
kind: JoinConfiguration
discovery:
  bootstrapToken:
    apiServerEndpoint: ${asKubeadm(options.endpoint)}
    token: "${options.token}"
${indent(asKubeadm({ caCertHashes: options.caCertHashes }), 4)}
${isV1beta4 ? "" : `  timeout: ${timeouts["discovery"] ?? ""}\n`}${controlPlane ? asMaster(options.address, controlPlane) : ""}${rest}
`;
}

/** Arguments of `kubeadm join` besides its configuration, which has no field for patches up to 1.21 (v1beta2). */
export function joinFlags(options: Pick<JoinOptions, "kubernetesVersion" | "patches">): string[] {
  const { patches } = options;
  return patches === undefined || hasPatches(options) ? [] : [`--experimental-patches=${patches}`];
}

/** Whether the configuration has a field for the directory with patches. */
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

import { stringify } from "yaml";
import type { Secret } from "../shell/secret.js";
import { extraArg, kubeadmApi } from "./kubeadm-api.js";
import { masked, type MaskedText } from "./masked-text.js";
import { AS_KUBEADM, parseText } from "./yaml-text.js";

/** What `kubeadm join --control-plane --config` is told. */
export interface JoinOptions {
  readonly kubernetesVersion: string;
  /** `ADDRESS:PORT`. */
  readonly endpoint: string;
  readonly token: Secret;
  /** `sha256:` and the hash of the CA's public key (SPKI), in hex. */
  readonly caCertHashes: readonly string[];
  /** The node's own address: explicit, or kubeadm takes the default route's, which may be the VIP (kubernetes/kubeadm#2275). */
  readonly advertiseAddress: string;
  readonly bindPort: number;
  /** Left out when the certificates were copied: kubeadm then downloads none. */
  readonly certificateKey?: Secret;
  readonly nodeName: string;
  readonly criSocket: string;
}

const yaml = (value: unknown): string => stringify(value, AS_KUBEADM).trimEnd();
const indent = (text: string, spaces: number): string => text.replaceAll(/^(?=.)/gm, " ".repeat(spaces));

/**
 * JoinConfiguration for a new master, in the version that its kubeadm knows. v1beta4 has lists of flags, and
 * `timeouts.discovery` where `discovery.timeout` was (kubeadm's v1beta4 doc.go). The kubelet's node-ip is always
 * set: without it a kubelet takes any local address, and later the VIP, for its own.
 */
export function joinConfiguration(options: JoinOptions): MaskedText {
  const api = kubeadmApi(options.kubernetesVersion);
  const isV1beta4 = api === "kubeadm.k8s.io/v1beta4";
  const timeout = "5m0s";
  const certificateKey =
    options.certificateKey === undefined ? "" : masked`  certificateKey: "${options.certificateKey}"\n`;
  const rest = yaml({
    nodeRegistration: {
      name: options.nodeName,
      criSocket: options.criSocket,
      kubeletExtraArgs: extraArg(api, "node-ip", options.advertiseAddress),
    },
    ...(isV1beta4 && { timeouts: { discovery: timeout } }),
  });
  return masked`apiVersion: ${api}
kind: JoinConfiguration
discovery:
  bootstrapToken:
    apiServerEndpoint: ${yaml(options.endpoint)}
    token: "${options.token}"
${indent(yaml({ caCertHashes: options.caCertHashes }), 4)}
${isV1beta4 ? "" : `  timeout: ${timeout}\n`}controlPlane:
  localAPIEndpoint:
    advertiseAddress: ${options.advertiseAddress}
    bindPort: ${options.bindPort}
${certificateKey}${rest}
`;
}

/** What `kubeadm init phase certs` or `upload-certs` is told. */
export interface InitOptions {
  readonly kubernetesVersion: string;
  /** The ClusterConfiguration's text. */
  readonly clusterConfiguration: string;
  /** The node's own address and name: an init phase never reads the cluster, and would guess them. */
  readonly advertiseAddress: string;
  readonly bindPort: number;
  readonly nodeName: string;
  /** Explicit, or kubeadm looks for one and fails where it finds two. */
  readonly criSocket: string;
  /** For `upload-certs`, so that it need not stand on the command line. */
  readonly certificateKey?: Secret;
  /** Where the certificates are to be made or read, in place of the cluster's own folder. */
  readonly certificatesDir?: string;
}

/**
 * An InitConfiguration and the ClusterConfiguration, for one phase of `kubeadm init`.
 * @throws Failure when the ClusterConfiguration is not YAML
 */
export function initConfiguration(options: InitOptions): MaskedText {
  const document = parseText(options.clusterConfiguration, "kubeadm's ClusterConfiguration");
  if (options.certificatesDir !== undefined) document.set("certificatesDir", options.certificatesDir);
  const local = yaml({
    localAPIEndpoint: { advertiseAddress: options.advertiseAddress, bindPort: options.bindPort },
    nodeRegistration: { name: options.nodeName, criSocket: options.criSocket },
  });
  const certificateKey =
    options.certificateKey === undefined ? "" : masked`certificateKey: "${options.certificateKey}"\n`;
  return masked`apiVersion: ${kubeadmApi(options.kubernetesVersion)}
kind: InitConfiguration
${certificateKey}${local}
---
${document.toString(AS_KUBEADM)}`;
}

import type { Secret } from "../shell/secret.js";
import { kubeadmApi } from "./kubeadm-api.js";
import { masked, type MaskedText } from "./masked-text.js";
import { AS_KUBEADM, asKubeadm, parseText } from "./yaml-text.js";

/** A node and its cluster: input of every phase of `kubeadm init`, because none of them reads it from the cluster. */
export interface InitNode {
  /** The ClusterConfiguration's text. */
  readonly clusterConfiguration: string;
  readonly nodeName: string;
  /** Explicit, because kubeadm otherwise detects one and fails if it finds two. */
  readonly criSocket: string;
}

/** The input of one phase of `kubeadm init`. */
export interface InitOptions extends InitNode {
  /** The node's own address: explicit, because kubeadm otherwise uses the default route's, which may be the VIP. */
  readonly advertiseAddress: string;
  /** For `upload-certs`, so that it is not on the command line. */
  readonly certificateKey?: Secret;
  /** The directory in which certificates are created or read, in place of the cluster's own. */
  readonly certificatesDir?: string;
}

/**
 * An InitConfiguration, in the version of the cluster's kubeadm, and the ClusterConfiguration.
 * @throws Failure if the ClusterConfiguration is not YAML or has no Kubernetes version
 */
export function initConfiguration(options: InitOptions): MaskedText {
  const document = parseText(options.clusterConfiguration, "kubeadm's ClusterConfiguration");
  const api = kubeadmApi(String(document.get("kubernetesVersion")));
  if (options.certificatesDir !== undefined) document.set("certificatesDir", options.certificatesDir);
  const local = asKubeadm({
    localAPIEndpoint: { advertiseAddress: options.advertiseAddress },
    nodeRegistration: { name: options.nodeName, criSocket: options.criSocket },
  });
  const certificateKey =
    options.certificateKey === undefined ? "" : masked`certificateKey: "${options.certificateKey}"\n`;
  return masked`apiVersion: ${api}
kind: InitConfiguration
${certificateKey}${local}
---
${document.toString(AS_KUBEADM)}`;
}

import type { Secret } from "../shell/secret.js";
import { kubeadmApi } from "./kubeadm-api.js";
import { masked, type MaskedText } from "./masked-text.js";
import { AS_KUBEADM, asKubeadm, parseText } from "./yaml-text.js";

/** A node and its cluster: what every phase of `kubeadm init` must be told, since none of them asks the cluster. */
export interface InitNode {
  /** The ClusterConfiguration's text. */
  readonly clusterConfiguration: string;
  readonly nodeName: string;
  /** Explicit, or kubeadm looks for one and fails where it finds two. */
  readonly criSocket: string;
}

/** What one phase of `kubeadm init` is told. */
export interface InitOptions extends InitNode {
  /** The node's own address: explicit, or kubeadm takes the default route's, which may be the VIP. */
  readonly advertiseAddress: string;
  /** For `upload-certs`, so that it need not stand on the command line. */
  readonly certificateKey?: Secret;
  /** Where the certificates are to be made or read, in place of the cluster's own folder. */
  readonly certificatesDir?: string;
}

/**
 * An InitConfiguration, in the version that the cluster's kubeadm knows, and the ClusterConfiguration.
 * @throws Failure when the ClusterConfiguration is not YAML or has no version of Kubernetes
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

import type { InitNode } from "../../src/config-files/init-configuration.js";
import { clusterConfiguration } from "../../src/steps/certificates/cluster-configuration.js";
import { recorded } from "../steps/recorded.js";

/** What kubeadm's phases need to know about the first master. */
export const initNode: InitNode = {
  clusterConfiguration: recorded(clusterConfiguration, "fresh").clusterConfiguration,
  nodeName: "master1",
  criSocket: "/run/containerd/containerd.sock",
};

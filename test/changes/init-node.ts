import type { InitNode } from "../../src/config-files/init-configuration.js";
import { clusterConfiguration } from "../../src/steps/certificates/cluster-configuration.js";
import { recorded } from "../steps/recorded.js";

/** The facts of the first master that kubeadm's phases need. */
export const initNode: InitNode = {
  clusterConfiguration: recorded(clusterConfiguration, "fresh").clusterConfiguration,
  nodeName: "master1",
  criSocket: "/run/containerd/containerd.sock",
};

import { splitHostPort } from "../../address.js";
import { BIND_ADDRESS } from "../../config-files/bind-address-patch.js";
import { apiserverArgs, etcdArgs, parseClusterConfiguration } from "../cluster.js";
import type { EtcdLayout } from "../etcd-layout.js";
import type { Problem } from "../step.js";
import { blocker } from "./machines.js";

/** What tells etcd's members from each other: kubeadm gives each its own, unless extraArgs has one for all. */
const OF_ONE_MEMBER = [
  "name",
  "initial-advertise-peer-urls",
  "advertise-client-urls",
  "initial-cluster",
  "initial-cluster-state",
];
const LISTENING = ["listen-peer-urls", "listen-client-urls", "listen-metrics-urls"];
const EVERYWHERE = /^(127\.|localhost$|::1$|0\.0\.0\.0$|::$)/;

/** Of `https://ADDRESS:PORT`. */
function addressOf(url: string): string {
  return splitHostPort(url.trim().replace(/^\w+:\/\//, "")).host;
}

/**
 * Flags that kubeadm's ClusterConfiguration gives every master alike, and with which only one of them can run. A second
 * member of etcd that cannot start costs the quorum of two; an apiserver that cannot, the join.
 */
export function machineFlagProblems(
  clusterConfiguration: string,
  layout: EtcdLayout,
  first: string,
): Problem[] {
  const config = parseClusterConfiguration(clusterConfiguration);
  const etcd = layout === "stacked" ? [...etcdArgs(config)] : [];
  const ofEtcd = etcd.filter(
    ([name, value]) =>
      OF_ONE_MEMBER.includes(name) ||
      (LISTENING.includes(name) && value.split(",").some((url) => !EVERYWHERE.test(addressOf(url)))),
  );
  const bound = apiserverArgs(config).get(BIND_ADDRESS);
  return [
    ...ofEtcd.map(([name, value]) => shared("etcd", `--${name}=${value}`, "etcd.local.extraArgs", first)),
    ...(bound === undefined || EVERYWHERE.test(bound)
      ? []
      : [shared("apiserver", `--${BIND_ADDRESS}=${bound}`, "apiServer.extraArgs", first)]),
  ];
}

function shared(what: string, flag: string, where: string, first: string): Problem {
  return blocker(
    first,
    `kubeadm's ClusterConfiguration gives every ${what} ${flag}, with which only one machine's can run`,
    `take it out of ${where}: kubectl -n kube-system edit configmap kubeadm-config; what runs on ${first} keeps it until the next upgrade`,
  );
}

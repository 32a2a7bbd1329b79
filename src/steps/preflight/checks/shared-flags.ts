import { splitHostPort } from "../../../address.js";
import { BIND_ADDRESS } from "../../../config-files/bind-address-patch.js";
import {
  apiserverArgs,
  clusterConfiguration,
  etcdArgs,
  parseClusterConfiguration,
} from "../../../cluster/kubeadm-config.js";
import { etcdLayout } from "../../../cluster/etcd-layout.js";
import { masterStates, pending } from "../../../cluster/masters.js";
import { firstMaster } from "../../../inventory/targets.js";
import type { Problem } from "../../step.js";
import { blocker, type PreflightCheck } from "../check.js";

/** Flags that must differ between etcd members: kubeadm sets them per member, unless extraArgs has one value for all. */
const OF_ONE_MEMBER = [
  "name",
  "initial-advertise-peer-urls",
  "advertise-client-urls",
  "initial-cluster",
  "initial-cluster-state",
];
const LISTENING = ["listen-peer-urls", "listen-client-urls", "listen-metrics-urls"];
const EVERYWHERE = /^(127\.|localhost$|::1$|0\.0\.0\.0$|::$)/;

interface Found {
  readonly clusterConfiguration: string;
  /** Whether masters have yet to join. */
  readonly mastersJoin: boolean;
}

/** Returns ADDRESS of `https://ADDRESS:PORT`. */
function addressOf(url: string): string {
  return splitHostPort(url.trim().replace(/^\w+:\/\//, "")).host;
}

/**
 * Flags that kubeadm's ClusterConfiguration sets on every master, although only one master can run with them. A second
 * etcd member that cannot start loses the quorum of two; an apiserver that cannot start fails the join.
 */
export const sharedFlags: PreflightCheck<Found> = {
  id: "shared-flags",
  probe: async (fleet) => {
    const [configuration, states] = await Promise.all([clusterConfiguration(fleet), masterStates(fleet)]);
    return { clusterConfiguration: configuration, mastersJoin: pending(states).length > 0 };
  },
  problems: (found, inventory) => {
    if (!found.mastersJoin) return [];
    const config = parseClusterConfiguration(found.clusterConfiguration);
    const isStacked = etcdLayout(found.clusterConfiguration, inventory) === "stacked";
    const ofEtcd = [...(isStacked ? etcdArgs(config) : [])].filter(
      ([name, value]) =>
        OF_ONE_MEMBER.includes(name) ||
        (LISTENING.includes(name) && value.split(",").some((url) => !EVERYWHERE.test(addressOf(url)))),
    );
    const bound = apiserverArgs(config).get(BIND_ADDRESS);
    const { name: first } = firstMaster(inventory);
    return [
      ...ofEtcd.map(([name, value]) => shared("etcd", `--${name}=${value}`, "etcd.local.extraArgs", first)),
      ...(bound === undefined || EVERYWHERE.test(bound)
        ? []
        : [shared("apiserver", `--${BIND_ADDRESS}=${bound}`, "apiServer.extraArgs", first)]),
    ];
  },
};

function shared(what: string, flag: string, where: string, first: string): Problem {
  return blocker(
    first,
    `kubeadm's ClusterConfiguration sets ${flag} on every ${what}, but only one machine can run with it`,
    `remove it from ${where}: kubectl -n kube-system edit configmap kubeadm-config; ${what} on ${first} keeps it until the next upgrade`,
  );
}

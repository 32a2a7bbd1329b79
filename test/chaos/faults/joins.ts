import type { Action } from "../actions.js";
import type { Fault, Round } from "./fault.js";

const WRAPPER = "/usr/local/sbin/kubeadm";
const ETCDCTL = `crictl exec $(crictl ps -q --name '^etcd$' | head -n 1) etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt --cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt --key=/etc/kubernetes/pki/etcd/healthcheck-client.key`;
const BEFORE_KUBELET = "kubelet-start,control-plane-join";
const AFTER_KUBELET = "control-plane-join";
const ETCD = "/etc/kubernetes/manifests/etcd.yaml";
/** The phases of kubeadm after its etcd member runs. */
const LATER_PHASES = "control-plane-join/update-status,control-plane-join/mark-control-plane";

/** kubeadm on a host joins without these phases, and then fails. */
function joinWithout(on: string, phases: string): Action {
  const script = [
    "#!/bin/sh",
    '[ "$1" = join ] || exec /usr/bin/kubeadm "$@"',
    `/usr/bin/kubeadm "$@" --skip-phases=${phases}`,
    "echo cut off half-way >&2; exit 1",
  ];
  const lines = script.map((line) => `'${line}'`).join(" ");
  return { on, run: `printf '%s\\n' ${lines} >${WRAPPER} && chmod 755 ${WRAPPER}` };
}

function cutOff(host: string, phases: string): Round {
  return {
    first: [joinWithout(host, phases)],
    remove: [{ on: host, run: `rm ${WRAPPER}` }],
    reports: new RegExp(`${host}, step join: [^]*cut off half-way`),
  };
}

/** The join was interrupted, and etcd lists a member whose master has not started it. */
function memberAdded(host: string, options: string): Round {
  const { remove = [], ...cut } = cutOff(host, host === "master2" ? AFTER_KUBELET : BEFORE_KUBELET);
  const peer = `https://10.88.0.1${host.at(-1) ?? ""}:2380`;
  const add = { on: "master1", run: `${ETCDCTL} member add ${host} --peer-urls=${peer} ${options}` };
  return { ...cut, remove: [...remove, add] };
}

/** Incomplete joins of every kind. */
export const joinFaults: readonly Fault[] = [
  { name: "master2: files of a join only", rounds: [cutOff("master2", BEFORE_KUBELET)] },
  { name: "master2: a node without an etcd member", rounds: [cutOff("master2", AFTER_KUBELET)] },
  {
    name: "master2: a node without an etcd member, and the connection is cut while it is cleared",
    rounds: [
      cutOff("master2", AFTER_KUBELET),
      {
        when: { step: "clear", host: "master2", at: "start" },
        inject: [{ waitSeconds: 0.5 }, { cutSshOf: "master2" }],
        reports: /master2, step (clear|images): [^]*connection/,
      },
    ],
  },
  {
    name: "master3: an etcd member that votes, whose later phase failed",
    rounds: [cutOff("master3", LATER_PHASES)],
  },
  {
    name: "master2: an etcd member that votes, whose later phase failed, one of two",
    rounds: [cutOff("master2", LATER_PHASES)],
  },
  {
    name: "master3: an etcd member that votes, and the connection is cut while it is cleared",
    rounds: [
      cutOff("master3", LATER_PHASES),
      {
        when: { step: "clear", host: "master3", at: "start" },
        inject: [{ waitSeconds: 2 }, { cutSshOf: "master3" }],
        reports: /master3, step clear: [^]*connection/,
      },
    ],
  },
  {
    name: "master3: an etcd member that votes, while another is not healthy",
    rounds: [
      cutOff("master3", LATER_PHASES),
      {
        first: [{ on: "master2", run: `mv ${ETCD} /root/etcd.yaml` }, { waitSeconds: 30 }],
        reports:
          /etcd members that are not healthy voters: master2, so the incomplete join of master3 is not cleaned up/,
        remove: [{ on: "master2", run: `mv /root/etcd.yaml ${ETCD}` }, { waitSeconds: 30 }],
      },
    ],
  },
  {
    name: "master3: an etcd member that was added and never started",
    rounds: [memberAdded("master3", "")],
  },
  { name: "master3: a learner", rounds: [memberAdded("master3", "--learner")] },
  {
    name: "master2: an etcd member that was added and never started, one of two",
    rounds: [memberAdded("master2", ""), { reports: /the planned part is complete/ }],
  },
  {
    name: "master2: a stale admin.conf",
    rounds: [
      {
        first: [
          {
            on: "master2",
            run: "mkdir -p /etc/kubernetes && echo 'kind: Config' >/etc/kubernetes/admin.conf",
          },
        ],
        reports: /master2 is in use: it has \/etc\/kubernetes\/admin\.conf/,
        remove: [{ on: "master2", run: "rm /etc/kubernetes/admin.conf" }],
      },
    ],
  },
];

import type { Need, StepRules } from "../playbook/rules.js";
import { allSteps } from "./all.js";

const BEFORE_ALL = ["start-member", "preflight"];

const needs: readonly Need[] = [
  {
    steps: allSteps.map(({ id }) => id).filter((id) => !BEFORE_ALL.includes(id)),
    need: ["preflight"],
    where: "before",
    why: "no change is made before all machines have been checked",
  },
  {
    steps: allSteps.map(({ id }) => id).filter((id) => ![...BEFORE_ALL, "backup"].includes(id)),
    need: ["backup"],
    where: "before",
    why: "the backup must contain the state before the first change",
  },
  {
    steps: ["apiserver-certificate"],
    need: ["cluster-configuration"],
    where: "before",
    why: "kubeadm creates the certificate from the names in that configuration",
  },
  {
    steps: ["haproxy"],
    need: ["load-balancer-packages", "load-balancer-images", "nonlocal-bind", "selinux"],
    where: "before",
    why: "haproxy must be available and able to bind a VIP that its host does not hold, also under SELinux",
  },
  {
    steps: ["haproxy", "join"],
    need: ["bind-address"],
    where: "before",
    why: "if haproxy uses the apiservers' port on masters, an apiserver that listens on all addresses blocks that port on the VIP",
  },
  {
    steps: ["keepalived"],
    need: ["load-balancer-packages", "firewall", "haproxy"],
    where: "before",
    why: "keepalived activates the VIP where haproxy answers; if a firewall blocks VRRP, every load balancer takes the VIP",
  },
  {
    steps: ["serving-certificate"],
    need: ["apiserver-certificate", "keepalived", "endpoint-name"],
    where: "before",
    why: "it waits until every host receives the new certificate through the endpoint",
  },
  {
    steps: [
      "kubeadm-config",
      "cluster-info",
      "kube-proxy",
      "add-ons",
      "kubelet-kubeconfig",
      "admin-kubeconfig",
    ],
    need: ["serving-certificate"],
    where: "before",
    why: "a client that is pointed at the endpoint before it accepts the endpoint's certificate loses the API",
  },
  {
    steps: ["kube-proxy"],
    need: ["kube-proxy-rollout"],
    where: "anywhere",
    why: "the rollout must be verified to complete",
  },
  {
    steps: ["kube-proxy-rollout"],
    need: ["kube-proxy"],
    where: "before",
    why: "without it there is no rollout to wait for",
  },
  {
    steps: ["pki", "apiserver-files"],
    need: ["clear"],
    where: "before",
    why: "clearing an incomplete join deletes these files",
  },
  {
    steps: ["join"],
    need: ["start-member", "clear", "images", "kubeadm-config", "cluster-info", "pki", "apiserver-files"],
    where: "before",
    why: "etcd needs a new member as soon as it is added, so everything required for its start must be in place",
  },
  {
    steps: ["join"],
    need: [
      "kube-proxy",
      "add-ons",
      "kubelet-kubeconfig",
      "admin-kubeconfig",
      "advertise",
      "component-kubeconfigs",
    ],
    where: "anywhere",
    why: "clients that still use only the first master fail with it, regardless of the number of masters",
  },
  {
    steps: ["join"],
    need: ["revoke"],
    where: "anywhere",
    why: "anyone who holds the tokens and the uploaded certificates could join another control-plane node",
  },
  {
    steps: ["join"],
    need: ["standby-haproxy", "standby-keepalived"],
    where: "anywhere",
    why: "without them, a VIP managed by static pods cannot move to another master",
  },
  {
    steps: ["standby-haproxy"],
    need: ["haproxy", "join"],
    where: "before",
    why: "kubeadm up to 1.22 does not join a machine that already has static pods, and static pods need a kubelet",
  },
  {
    steps: ["standby-keepalived"],
    need: ["keepalived", "standby-haproxy"],
    where: "before",
    why: "the VIP moves to a master where haproxy answers, and the VRRP password comes from the first master",
  },
  {
    steps: ["advertise"],
    need: ["join"],
    where: "before",
    why: "it restarts apiservers, so more than one must be running",
  },
  {
    steps: ["component-kubeconfigs"],
    need: ["join"],
    where: "before",
    why: "a standby takes over while controller-manager and scheduler restart",
  },
  {
    steps: ["component-kubeconfigs"],
    need: ["kube-proxy-rollout"],
    where: "before",
    why: "rollouts pause while the controller-managers elect a new leader",
  },
  {
    steps: ["join-workers"],
    need: ["clear", "cluster-info"],
    where: "before",
    why: "a new worker's kubelet reads the endpoint from cluster-info, and kubeadm joins only clean machines",
  },
  {
    steps: ["revoke"],
    need: ["pki", "join", "join-workers"],
    where: "before",
    why: "the joins need what it revokes",
  },
];

/** The ids of the steps that must run before a step. */
export function stepsBefore(id: string): string[] {
  const own = needs.filter(({ steps, where }) => where === "before" && steps.includes(id));
  return [...new Set(own.flatMap(({ need }) => need))];
}

/** The dependencies between steps, checked against every playbook. */
export const stepRules: StepRules = {
  known: allSteps.map(({ id }) => id),
  oneByOne: allSteps.filter(({ rollout }) => rollout === "one-by-one").map(({ id }) => id),
  mandatory: {
    preflight: "it reports what would fail halfway before anything is changed",
    backup: "it saves what the other steps change, before they change it",
  },
  needs,
};

import type { Need, StepRules } from "../playbook/rules.js";
import { allSteps } from "./all.js";

const BEFORE_ALL = ["start-member", "preflight"];

const needs: readonly Need[] = [
  {
    steps: allSteps.map(({ id }) => id).filter((id) => !BEFORE_ALL.includes(id)),
    need: ["preflight"],
    where: "before",
    why: "nothing is changed before every machine was looked at",
  },
  {
    steps: allSteps.map(({ id }) => id).filter((id) => ![...BEFORE_ALL, "backup"].includes(id)),
    need: ["backup"],
    where: "before",
    why: "the backup must have what was there before the first change",
  },
  {
    steps: ["apiserver-certificate"],
    need: ["cluster-configuration"],
    where: "before",
    why: "kubeadm makes the certificate from that configuration's names",
  },
  {
    steps: ["haproxy"],
    need: ["load-balancer-packages", "load-balancer-images", "nonlocal-bind", "selinux"],
    where: "before",
    why: "haproxy must be there, and able to bind a VIP that its host does not hold, under SELinux too",
  },
  {
    steps: ["haproxy", "join"],
    need: ["bind-address"],
    where: "before",
    why: "where haproxy has the apiservers' own port on masters, an apiserver on every address would keep it from the VIP",
  },
  {
    steps: ["keepalived"],
    need: ["load-balancer-packages", "firewall", "haproxy"],
    where: "before",
    why: "the VIP comes up where haproxy answers; without VRRP through the firewall every load balancer takes it",
  },
  {
    steps: ["serving-certificate"],
    need: ["apiserver-certificate", "keepalived", "endpoint-name"],
    where: "before",
    why: "it waits for the new certificate as every host sees it through the endpoint",
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
    why: "a client that is sent to the endpoint before all of them would accept its certificate loses the API",
  },
  {
    steps: ["kube-proxy"],
    need: ["kube-proxy-rollout"],
    where: "anywhere",
    why: "the roll must be seen to end",
  },
  {
    steps: ["kube-proxy-rollout"],
    need: ["kube-proxy"],
    where: "before",
    why: "there is no roll to wait for otherwise",
  },
  {
    steps: ["pki", "apiserver-files"],
    need: ["clear"],
    where: "before",
    why: "clearing away half a join takes these files with it",
  },
  {
    steps: ["join"],
    need: ["start-member", "clear", "images", "kubeadm-config", "cluster-info", "pki", "apiserver-files"],
    where: "before",
    why: "from the moment etcd has a new member it needs it, so all that its start takes must be there",
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
    why: "what goes on asking the first master alone is lost with it, however many masters there are",
  },
  {
    steps: ["join"],
    need: ["revoke"],
    where: "anywhere",
    why: "whoever holds the tokens and the uploaded certificates could join a master of their own",
  },
  {
    steps: ["join"],
    need: ["standby-haproxy", "standby-keepalived"],
    where: "anywhere",
    why: "as a static pod the VIP could go to no other master",
  },
  {
    steps: ["standby-haproxy"],
    need: ["haproxy", "join"],
    where: "before",
    why: "up to 1.22 kubeadm joins no machine that has static pods already, and they need a kubelet",
  },
  {
    steps: ["standby-keepalived"],
    need: ["keepalived", "standby-haproxy"],
    where: "before",
    why: "the VIP goes where haproxy answers, and its password comes from the first master",
  },
  {
    steps: ["advertise"],
    need: ["join"],
    where: "before",
    why: "it restarts apiservers, which must not be the only one",
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
    why: "while the controller-managers elect a leader anew no roll goes on",
  },
  {
    steps: ["join-workers"],
    need: ["clear", "cluster-info"],
    where: "before",
    why: "a new worker's kubelet finds the endpoint through cluster-info, and kubeadm joins clean machines alone",
  },
  {
    steps: ["revoke"],
    need: ["pki", "join", "join-workers"],
    where: "before",
    why: "the joins need what it revokes",
  },
];

/** The steps after which one must come. */
export function stepsBefore(id: string): string[] {
  const own = needs.filter(({ steps, where }) => where === "before" && steps.includes(id));
  return [...new Set(own.flatMap(({ need }) => need))];
}

/** What the steps rely on, for whoever writes a playbook. */
export const stepRules: StepRules = {
  known: allSteps.map(({ id }) => id),
  oneByOne: allSteps.filter(({ rollout }) => rollout === "one-by-one").map(({ id }) => id),
  mandatory: {
    preflight: "it tells what would fail half-way before anything is changed",
    backup: "it saves what the other steps change before they do",
  },
  needs,
};

import { beforeAll, describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import { digest, kubectl, on } from "../cluster.js";

/** Runs a script as root; `k` is kubectl as administrator. */
const K = 'k() { kubectl --kubeconfig /etc/kubernetes/admin.conf "$@"; }; set -e; ';
const apply = (host: string, ...lines: readonly string[]) => ({
  host,
  breaks: `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(" ")} | k apply -f -`,
  heals: `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(" ")} | k delete -f -`,
});
const rejects = (host: string, rule: string) => ({
  host,
  breaks: `iptables -I INPUT ${rule} -j REJECT`,
  heals: `iptables -D INPUT ${rule} -j REJECT`,
});

/** A cluster or machine that a migration would damage, or that would stop it after the point of no return. */
interface Obstacle {
  readonly what: string;
  readonly host: string;
  readonly breaks: string;
  readonly heals: string;
  /** How the plan names it. */
  readonly named: RegExp;
  readonly isWarning?: true;
}

const OBSTACLES: readonly Obstacle[] = [
  {
    what: "kubeadm-config with a smaller etcd quota than the running etcd's",
    host: "master1",
    breaks: `k -n kube-system get configmap kubeadm-config -o yaml >/root/kubeadm-config.yaml
sed 's/^\\( *\\)dataDir: .*/&\\n\\1extraArgs:\\n\\1- name: quota-backend-bytes\\n\\1  value: "16777216"/' /root/kubeadm-config.yaml | k replace -f -`,
    heals: "k replace --force -f /root/kubeadm-config.yaml; rm /root/kubeadm-config.yaml",
    named: /master1: .*quota-backend-bytes/,
  },
  {
    what: "a new master that rejects etcd's ports",
    ...rejects("master2", "-s 10.88.0.11 -p tcp -m multiport --dports 2379,2380"),
    named: /master2.*2379|2379.*master2/,
  },
  {
    what: "a first master that rejects a new master",
    ...rejects("master1", "-s 10.88.0.13 -p tcp --dport 2380"),
    named: /master3.*2380|2380.*master3/,
  },
  {
    what: "a new master that rejects a worker",
    ...rejects("master3", "-s 10.88.0.21 -p tcp --dport 6443"),
    named: /worker1.*6443/,
  },
  {
    what: "a full file system for backups",
    host: "lb1",
    breaks: "mkdir -p /var/backups && mount -t tmpfs -o size=8m none /var/backups",
    heals: "umount /var/backups",
    named: /lb1: only [78] MiB are free on \/var\/backups/,
  },
  {
    what: "a Service with the VIP as an external address",
    ...apply(
      "master1",
      "apiVersion: v1",
      "kind: Service",
      "metadata: {name: taken, namespace: default}",
      "spec: {externalIPs: [10.88.0.100], ports: [{port: 80}], selector: {app: none}}",
    ),
    named: /Service default\/taken has the VIP 10\.88\.0\.100/,
  },
  {
    what: "a NetworkPolicy that allows the first master only",
    ...apply(
      "master1",
      "apiVersion: networking.k8s.io/v1",
      "kind: NetworkPolicy",
      "metadata: {name: api, namespace: default}",
      "spec: {podSelector: {matchLabels: {app: none}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.88.0.11/32}}]}]}",
    ),
    named: /NetworkPolicy default\/api allows egress .* but not 10\.88\.0\.12, 10\.88\.0\.13/,
    isWarning: true,
  },
  {
    what: "an EndpointSlice with the first master's address",
    ...apply(
      "master1",
      "apiVersion: discovery.k8s.io/v1",
      "kind: EndpointSlice",
      "metadata: {name: nfs, namespace: default, labels: {kubernetes.io/service-name: nfs}}",
      "addressType: IPv4",
      "ports: [{port: 2049}]",
      "endpoints: [{addresses: [10.88.0.11]}]",
    ),
    named: /objects name the first master's address 10\.88\.0\.11: EndpointSlice default\/nfs/,
    isWarning: true,
  },
  {
    what: "a worker's kubelet with another kubeconfig",
    host: "worker1",
    breaks: `cp /etc/kubernetes/kubelet.conf /etc/kubernetes/other.conf
mkdir -p /etc/systemd/system/kubelet.service.d
cp "$(systemctl show -p DropInPaths --value kubelet | tr ' ' '\\n' | grep kubeadm)" /etc/systemd/system/kubelet.service.d/99-other.conf
sed -i 's#--kubeconfig=/etc/kubernetes/kubelet.conf#--kubeconfig=/etc/kubernetes/other.conf#' /etc/systemd/system/kubelet.service.d/99-other.conf
systemctl daemon-reload; systemctl restart kubelet; sleep 5`,
    heals: `rm /etc/systemd/system/kubelet.service.d/99-other.conf /etc/kubernetes/other.conf
rmdir /etc/systemd/system/kubelet.service.d 2>/dev/null || true
systemctl daemon-reload; systemctl restart kubelet; sleep 5`,
    named: /worker1: the kubelet uses the kubeconfig \/etc\/kubernetes\/other\.conf/,
  },
];

describe("a plan", () => {
  const { lab, start } = useScenario("default");

  beforeAll(async () => {
    const { exitCode, stderr } = await start().program.run("plan");
    expect(`${exitCode} ${stderr}`).toMatch(/^0 /);
  });

  it.each(OBSTACLES)("names $what", async ({ host, breaks, heals, named, isWarning }) => {
    await on(lab, host, K + breaks);
    try {
      const before = await digest(lab);
      const { stdout, stderr, exitCode } = await start().program.run("plan");
      expect(`${stdout}\n${stderr}`).toMatch(named);
      expect(exitCode).toBe(isWarning ? 0 : 1);
      expect(await digest(lab)).toBe(before);
    } finally {
      await on(lab, host, K + heals);
      await kubectl(lab, "wait --for=condition=Ready nodes --all --timeout=120s");
    }
  });
});

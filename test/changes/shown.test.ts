import { describe, expect, it } from "vitest";
import { kindOf, type Change } from "../../src/changes/change.js";
import { joinUndo } from "../../src/changes/join-undo.js";
import type { Interruption } from "../../src/changes/kind.js";
import { markOf } from "../../src/changes/change.js";
import { isPointOfNoReturn } from "../../src/changes/change.js";
import { joinOf, memberless } from "./joining.js";
import { haproxyOptions } from "../config-files/haproxy-options.js";

const cluster = {
  clusterConfiguration: "kind: ClusterConfiguration\nkubernetesVersion: v1.37.2\n",
  nodeName: "node-a",
  criSocket: "/run/containerd/containerd.sock",
};

interface Shown {
  readonly describe: string;
  readonly diff?: string;
  readonly interrupts?: Interruption;
}
type ShownKinds = { [K in Change["kind"]]: [Extract<Change, { kind: K }>, Shown] };

/** One change of each kind, and what a person sees of it. */
const shown: ShownKinds = {
  "apiserver-certificate": [
    {
      kind: "apiserver-certificate",
      host: "h",
      ...cluster,
      sansBefore: ["a"],
      sansAfter: ["a", "b", "10.0.0.1"],
    },
    {
      describe: "create a new apiserver certificate with kubeadm init phase certs",
      diff: "+ SAN b\n+ SAN 10.0.0.1",
      interrupts: {
        what: "nothing: the apiserver reloads the certificate at once without a restart",
        seconds: 0,
      },
    },
  ],
  backup: [
    {
      kind: "backup",
      host: "h",
      paths: ["/etc/kubernetes", "/etc/default/kubelet"],
      directory: "/var/backups/k8s-ha",
      etcd: { dataDir: "/var/lib/etcd" },
      operatorCopy: "none",
      operatorDirectory: "/operator",
    },
    {
      describe: "save files, etcd and cluster objects to /var/backups/k8s-ha",
      diff: "+ etcd snapshot\n+ ConfigMaps, Endpoints, Nodes\n+ /etc/kubernetes\n+ /etc/default/kubelet",
    },
  ],
  "config-map": [
    {
      kind: "config-map",
      host: "h",
      namespace: "kube-public",
      name: "cluster-info",
      data: { kubeconfig: { before: "server: a\n", after: "server: b\n" } },
      signed: true,
    },
    {
      describe: "ConfigMap kube-public/cluster-info: kubeconfig",
      diff: "@@ -1,1 +1,1 @@\n-server: a\n+server: b",
    },
  ],
  rollout: [
    {
      kind: "rollout",
      host: "h",
      workload: "DaemonSet",
      namespace: "kube-system",
      name: "kube-proxy",
      configHash: "0123",
      interruption: { what: "nothing", seconds: 0 },
    },
    {
      describe: "DaemonSet kube-system/kube-proxy: roll out the new configuration",
      diff: "+ k8s-ha/config-hash: 0123",
      interrupts: { what: "nothing", seconds: 0 },
    },
  ],
  file: [
    {
      kind: "file",
      host: "h",
      path: "/etc/x",
      content: "a\n",
      mode: "0644",
      owner: "root:root",
      before: null,
    },
    { describe: "write /etc/x", diff: "+ a" },
  ],
  "file-copy": [
    {
      kind: "file-copy",
      host: "h",
      from: "master1",
      path: "/etc/kubernetes/pki/sa.key",
      mode: "0600",
      owner: "root:root",
    },
    {
      describe: "copy /etc/kubernetes/pki/sa.key from master1",
      diff: "+ /etc/kubernetes/pki/sa.key (0600 root:root)",
    },
  ],
  firewall: [
    {
      kind: "firewall",
      host: "h",
      zone: "public",
      ports: ["6443/tcp", "8404/tcp"],
      richRules: ['rule protocol value="vrrp" accept'],
    },
    {
      describe: "firewalld, zone public: allow 6443/tcp, 8404/tcp, VRRP",
      diff: '+ 6443/tcp\n+ 8404/tcp\n+ rule protocol value="vrrp" accept',
    },
  ],
  folder: [
    { kind: "folder", host: "h", path: "/var/log/audit", mode: "0700", owner: "root:root" },
    { describe: "create the folder /var/log/audit", diff: "+ /var/log/audit/ (0700 root:root)" },
  ],
  "haproxy-config": [
    {
      kind: "haproxy-config",
      host: "lb1",
      options: { ...haproxyOptions, stats: { port: 8404, user: "admin" } },
      before: null,
    },
    { describe: "write /etc/haproxy/haproxy.cfg (a file not managed by k8s-ha is kept next to it)" },
  ],
  images: [
    {
      kind: "images",
      host: "h",
      criSocket: cluster.criSocket,
      images: ["k8s.gcr.io/etcd:3.4.13-0", "k8s.gcr.io/pause:3.2"],
    },
    { describe: "pull 2 images", diff: "+ k8s.gcr.io/etcd:3.4.13-0\n+ k8s.gcr.io/pause:3.2" },
  ],
  join: [
    {
      kind: "join",
      host: "master2",
      kubernetesVersion: "v1.20.2",
      endpoint: "10.88.0.100:6443",
      caCertHash: "sha256:00",
      nodeName: "master2",
      address: "10.88.0.12",
      criSocket: cluster.criSocket,
      etcdDataDir: "/var/lib/etcd",
      certificates: "uploaded",
      members: 2,
    },
    {
      describe:
        "kubeadm join --control-plane as master2 through 10.88.0.100:6443 (token: known when reached)",
      diff: "+ etcd member master2 https://10.88.0.12:2380 (2 members: none may fail)\n+ node master2 10.88.0.12",
      interrupts: {
        what: "etcd, and the API with it, until the second of two members has started",
        seconds: 5,
      },
    },
  ],
  "join-worker": [
    {
      kind: "join-worker",
      host: "worker2",
      kubernetesVersion: "v1.20.2",
      endpoint: "10.88.0.100:6443",
      caCertHash: "sha256:00",
      nodeName: "worker2",
      address: "10.88.0.22",
      criSocket: cluster.criSocket,
    },
    {
      describe: "kubeadm join as worker worker2 through 10.88.0.100:6443 (token: known when reached)",
      diff: "+ node worker2 10.88.0.22",
    },
  ],
  "keepalived-config": [
    {
      kind: "keepalived-config",
      host: "lb1",
      vip: "10.88.0.100",
      interface: "eth0",
      virtualRouterId: 51,
      priority: 150,
      penalty: 20,
      before: null,
    },
    { describe: "write /etc/keepalived/keepalived.conf (a file not managed by k8s-ha is kept next to it)" },
  ],
  kubeconfig: [
    { kind: "kubeconfig", host: "h", path: "/etc/kubernetes/admin.conf", from: "https://a", to: "https://b" },
    {
      describe: "/etc/kubernetes/admin.conf: server https://b",
      diff: "- server: https://a\n+ server: https://b",
    },
  ],
  "kubelet-restart": [
    { kind: "kubelet-restart", host: "h", node: "worker1" },
    {
      describe: "restart the kubelet, wait until node worker1 is Ready",
      interrupts: { what: "nothing: containers keep running while the kubelet restarts", seconds: 0 },
    },
  ],
  run: [
    {
      kind: "run",
      host: "h",
      name: "silence-alerts",
      apply: "touch /run/silenced\necho done\n",
      undo: "rm -f /run/silenced",
      env: { WHY: "migration", K8S_HA_HOST: "h" },
      timeoutSeconds: 60,
    },
    {
      describe: "run silence-alerts",
      diff: "+ WHY=migration\n+ touch /run/silenced\n+ echo done\nundo: rm -f /run/silenced",
    },
  ],
  "lasting-run": [
    { kind: "lasting-run", host: "h", name: "tell", apply: "echo hello", env: {}, timeoutSeconds: 60 },
    { describe: "run tell (cannot be undone: it has no undo)", diff: "+ echo hello" },
  ],
  packages: [
    { kind: "packages", host: "h", manager: "apt", install: ["haproxy", "keepalived"] },
    { describe: "install haproxy, keepalived", diff: "+ haproxy\n+ keepalived" },
  ],
  repoint: [
    {
      kind: "repoint",
      host: "h",
      object: "DaemonSet",
      namespace: "kube-system",
      name: "cni",
      edits: [
        {
          at: ["spec", "template", "spec", "containers", 0, "args", 1],
          from: "https://a:1",
          to: "https://b:2",
        },
      ],
      endpoint: "b:2",
    },
    {
      describe: "DaemonSet kube-system/cni: point to b:2",
      diff: "- spec.template.spec.containers.0.args.1: https://a:1\n+ spec.template.spec.containers.0.args.1: https://b:2",
      interrupts: { what: "each pod of cni while it restarts", seconds: 30 },
    },
  ],
  reset: [
    {
      kind: "reset",
      host: "h",
      address: "10.88.0.12",
      isMember: false,
      criSocket: cluster.criSocket,
      etcdDataDir: "/var/lib/etcd",
      found: ["/etc/kubernetes/kubelet.conf"],
      node: "m2",
    },
    {
      describe: "kubeadm reset: clean up an incomplete join",
      diff: "- /etc/kubernetes/kubelet.conf\n- node m2",
    },
  ],
  revoke: [
    { kind: "revoke", host: "h" },
    {
      describe: "revoke the join tokens and the uploaded certificates",
      diff: "- Secrets in kube-system that k8s-ha created (names: known when reached)",
    },
  ],
  "static-pod": [
    {
      kind: "static-pod",
      host: "h",
      pod: "haproxy",
      manifest: "kind: Pod\nimage: b\n",
      before: "kind: Pod\nimage: a\n",
      because: "new configuration",
    },
    {
      describe: "static pod haproxy: restart (new configuration)",
      diff: "@@ -1,2 +1,2 @@\n kind: Pod\n-image: a\n+image: b",
      interrupts: { what: "connections to the API through this machine's haproxy", seconds: 3 },
    },
  ],
  service: [
    { kind: "service", host: "h", unit: "haproxy", because: "new configuration, not running" },
    { describe: "haproxy: enable, start or reload (new configuration, not running)" },
  ],
  "static-pod-flag": [
    {
      kind: "static-pod-flag",
      host: "master1",
      flag: "advertise-address",
      before: "1.1.1.1",
      after: "2.2.2.2",
    },
    {
      describe: "kube-apiserver: set --advertise-address=2.2.2.2 and restart",
      diff: "-     - --advertise-address=1.1.1.1\n+     - --advertise-address=2.2.2.2",
      interrupts: { what: "this host's apiserver, while the others serve", seconds: 5 },
    },
  ],
  "static-pod-restart": [
    {
      kind: "static-pod-restart",
      host: "master1",
      components: ["kube-controller-manager", "kube-scheduler"],
    },
    {
      describe: "restart kube-controller-manager and kube-scheduler",
      interrupts: {
        what: "kube-controller-manager and kube-scheduler, until the lease expires and a standby takes over",
        seconds: 15,
      },
    },
  ],
  "selinux-booleans": [
    { kind: "selinux-booleans", host: "h", names: ["haproxy_connect_any"] },
    { describe: "SELinux: turn haproxy_connect_any on permanently", diff: "+ haproxy_connect_any --> on" },
  ],
  "selinux-permissive": [
    { kind: "selinux-permissive", host: "h" },
    { describe: "SELinux: set permissive mode for the whole machine", diff: "- enforcing\n+ permissive" },
  ],
  sysctl: [
    { kind: "sysctl", host: "h", key: "net.ipv4.ip_nonlocal_bind", before: "0", value: "1" },
    {
      describe: "set net.ipv4.ip_nonlocal_bind = 1",
      diff: "- net.ipv4.ip_nonlocal_bind = 0\n+ net.ipv4.ip_nonlocal_bind = 1",
    },
  ],
  ufw: [
    { kind: "ufw", host: "h", ports: ["6443/tcp", "8404/tcp"], vrrp: true },
    {
      describe: "ufw: allow 6443/tcp, 8404/tcp, VRRP",
      diff: "+ ufw allow 6443/tcp\n+ ufw allow 8404/tcp\n+ /etc/ufw/before.rules: -A ufw-before-input -p 112 -j ACCEPT",
    },
  ],
  "ufw-off": [{ kind: "ufw-off", host: "h" }, { describe: "disable ufw, now and for the next boot" }],
  "upload-certs": [
    { kind: "upload-certs", host: "h", ...cluster },
    {
      describe: "kubeadm init phase upload-certs (certificate key: known when reached)",
      diff: "+ Secret kube-system/kubeadm-certs (encrypted, removed after the last join)",
    },
  ],
};

describe.each(Object.values(shown))(
  "$kind",
  (change: Change, { describe: line, diff, interrupts }: Shown) => {
    const kind = kindOf(change);

    it("describes what it does", () => {
      expect(kind.kind).toBe(change.kind);
      expect(kind.describe(change)).toBe(line);
      expect(kind.interrupts?.(change)).toEqual(interrupts);
      if (!change.kind.endsWith("-config")) expect(kind.diff?.(change)).toBe(diff);
    });

    it("is plain data: a copy through JSON is the same change", () => {
      expect(JSON.parse(JSON.stringify(change))).toEqual(change);
    });
  },
);

describe("a change's mark", () => {
  it("shows what is created, modified and removed", () => {
    const marks = Object.values(shown).map(([change]) => `${markOf(change)} ${change.kind}`);
    expect(marks.toSorted()).toEqual([
      ...["+ backup", "+ file", "+ file-copy", "+ firewall", "+ folder", "+ haproxy-config", "+ images"],
      ...["+ join", "+ join-worker", "+ keepalived-config", "+ lasting-run", "+ packages", "+ run", "+ ufw"],
      ...["+ upload-certs", "- reset", "- revoke", "- ufw-off"],
      ...["~ apiserver-certificate", "~ config-map"],
      ...["~ kubeconfig", "~ kubelet-restart", "~ repoint", "~ rollout"],
      ...["~ selinux-booleans", "~ selinux-permissive", "~ service", "~ static-pod"],
      ...["~ static-pod-flag", "~ static-pod-restart", "~ sysctl"],
    ]);
    const [file] = shown.file;
    const [conf] = shown["keepalived-config"];
    const [cfg] = shown["haproxy-config"];
    const marked = [file, conf, cfg].map((change: Change) => markOf({ ...change, before: "" } as Change));
    expect(marked).toEqual(["~", "~", "~"]);
    const [pod] = shown["static-pod"];
    expect(markOf({ ...pod, before: null })).toBe("+");
  });
});

describe("other descriptions", () => {
  const diffOf = (change: Change): string | undefined => kindOf(change).diff?.(change);

  it("a file with only a wrong mode", () => {
    const [change] = shown.file;
    expect(diffOf({ ...change, before: "a\n" })).toBe("mode and owner: 0644 root:root");
    expect(diffOf({ ...change, before: "b\n" })).toBe("@@ -1,1 +1,1 @@\n-b\n+a");
  });

  it("a flag that was not set, of the only apiserver", () => {
    const change: Change = { kind: "static-pod-flag", host: "h", flag: "a", after: "1", isOnly: true };
    expect(diffOf(change)).toBe("+     - --a=1");
    expect(kindOf(change).interrupts?.(change)).toEqual({
      what: "the API, because this is its only apiserver",
      seconds: 5,
    });
  });

  it("a third member, whose start does not affect quorum", () => {
    const [second] = shown.join;
    expect(kindOf<Change>(second).interrupts?.({ ...second, members: 3 })).toEqual({
      what: "nothing: the existing members have quorum",
      seconds: 0,
    });
  });

  it("a machine that etcd lists, which leaves etcd first", () => {
    const change: Change = { ...shown.reset[0], isMember: true };
    expect(kindOf(change).describe(change)).toBe(
      "remove its etcd member, kubeadm reset: clean up an incomplete join",
    );
    expect(kindOf(change).interrupts?.(change)).toEqual({
      what: "etcd writes, if that member is the leader, and clients of that machine's apiserver",
      seconds: 1,
    });
  });

  it("a master that adds no etcd member", () => {
    const change = memberless(joinOf("master2", 2));
    const kind = kindOf(change);
    const before = { saved: [], kubelet: { active: true, enabled: true }, links: [], hadRules: false };
    expect(diffOf(change)).toBe("+ node master2 10.88.0.12");
    expect(kind.interrupts?.(change)).toEqual({
      what: "nothing: etcd's members stay unchanged",
      seconds: 0,
    });
    expect(isPointOfNoReturn(change)).toBe(false);
    expect(isPointOfNoReturn(joinOf("master2", 2))).toBe(true);
    expect(joinUndo.describe(change, before)).toBe("remove master2 from the cluster, kubeadm reset");
    expect(joinUndo.interrupts?.(change, before)).toBe("everything that runs on master2");
  });

  it("a backup without etcd", () => {
    const change = Object.fromEntries(
      Object.entries(shown.backup[0]).filter(([key]) => key !== "etcd"),
    ) as unknown as Change;
    expect(kindOf(change).describe(change)).toBe("save files to /var/backups/k8s-ha");
    expect(diffOf(change)).toBe("+ /etc/kubernetes\n+ /etc/default/kubelet");
  });

  it("the statistics page's password as [secret], also if nothing else is new", () => {
    const [change] = shown["haproxy-config"];
    const text = diffOf(change) ?? "";
    expect(text).toContain("+     stats auth admin:[secret]");
    const before = `${text.replaceAll(/^\+ /gm, "")}\n`;
    expect(diffOf({ ...change, before })).toBe("the statistics page's password");
  });

  it("keepalived's password, which is not known yet, as [secret]", () => {
    const [change] = shown["keepalived-config"];
    const text = diffOf(change) ?? "";
    expect(text).toContain("+         auth_pass [secret]");
    expect(text).toContain("+     priority 150");
    const before = text.replaceAll(/^\+ /gm, "").replace("priority 150", "priority 1");
    expect(
      diffOf({ ...change, before: `${before}\n` })
        ?.split("\n")
        .filter((l) => /^[+-]/.test(l)),
    ).toEqual(["-    priority 1", "+    priority 150"]);
  });
});

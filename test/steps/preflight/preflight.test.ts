import { describe, expect, it } from "vitest";
import type { Firewalls } from "../../../src/machine/firewalls.js";
import type { PortAnswer } from "../../../src/machine/network.js";
import type { Problem } from "../../../src/steps/step.js";
import type { ExternalEndpoint } from "../../../src/steps/preflight/external-endpoint.js";
import { preflight } from "../../../src/steps/preflight/preflight.js";
import { Sandbox } from "../../machine/sandbox.js";
import { labInventory, type Overrides } from "../inventory.js";
import type { FactsState } from "../../recorded/facts-file.js";
import { NOTHING, externalEtcd, must, named, on, oneEtcd, type Editable } from "../recorded.js";

const { planOf } = on("1.20.2");

type Found = Awaited<ReturnType<typeof preflight.probe>>;
/** Facts of which every part was found. */
type Facts = Editable<{ [Key in Exclude<keyof Found, "external">]: NonNullable<Found[Key]> }>;

function planned(
  state: FactsState,
  edit: (facts: Facts) => void = () => undefined,
  overrides: Overrides = {},
): ReturnType<typeof planOf> {
  return planOf(
    preflight,
    state,
    (facts) => {
      edit(facts as Facts);
    },
    overrides,
  );
}

const blocker = (host: string, what: string, fix: string): Problem => ({
  severity: "blocker",
  host,
  what,
  fix,
});
const HEALTHY = "fix it before migrating; kubectl describe shows why";

/** A machine that can join as a worker before the endpoint is there. */
const JOINING_NODE: Facts["workers"]["newcomers"][number] = {
  name: "worker1",
  missingTools: [],
  versions: { kubeadm: "v1.20.2", kubelet: "v1.20.2" },
  occupant: "",
  toEndpoint: "silent",
  toFirstMaster: "open",
  fromFirstMaster: "refused",
};

/** Each way in which a fresh cluster can be unfit, and every problem that is told then. */
const broken: [string, (facts: Facts) => void, ...Problem[]][] = [
  // machines
  [
    "no systemd",
    ({ machines }) => (named(machines, "worker1").systemd = false),
    blocker("worker1", "systemd does not run here", "k8s-ha works on systemd hosts alone"),
  ],
  [
    "a load balancer with CentOS 7",
    ({ machines }) =>
      Object.assign(named(machines, "lb2"), { os: "centos rhel fedora", packageManager: "yum" }),
    blocker(
      "lb2",
      "haproxy and keepalived of centos rhel fedora are too old: its haproxy is 1.5, and 1.8 is needed",
      "use a load balancer with Debian, Ubuntu, or Red Hat's family from version 8 on",
    ),
  ],
  [
    "a load balancer of no name",
    ({ machines }) => Object.assign(named(machines, "lb2"), { os: "", packageManager: "none" }),
    blocker(
      "lb2",
      "packages cannot be installed on this system",
      "use a load balancer with Debian, Ubuntu, or Red Hat's family from version 8 on",
    ),
  ],
  [
    "missing tools",
    ({ machines }) => (named(machines, "master2").missingTools = ["kubeadm", "crictl"]),
    blocker("master2", "kubeadm is not installed", "install it on master2"),
    blocker("master2", "crictl is not installed", "install it on master2"),
  ],
  [
    "a full disk",
    ({ machines }) => (named(machines, "master3").freeMiB = 2047),
    blocker("master3", "2047 MiB are free below /var", "free 2048 MiB there"),
  ],
  [
    "a clock that goes wrong",
    ({ machines }) => {
      const { skew } = named(machines, "master1").clock;
      named(machines, "lb1").clock = { skew: skew + 120, uncertainty: 0.1 };
    },
    blocker(
      "lb1",
      "its clock is 120.0 s away from that of master1",
      "set both clocks by NTP (chrony or systemd-timesyncd)",
    ),
  ],
  // the cluster's configuration
  [
    "apiservers that use one etcd, and an inventory that does not say so",
    ({ cluster }) => {
      cluster.clusterConfiguration = oneEtcd(cluster.clusterConfiguration);
    },
    blocker(
      "master1",
      "all apiservers use one etcd (etcd-servers in apiServer.extraArgs of kubeadm-config)",
      "k8s-ha adds no members to it then: say so by cluster.etcd: first-master",
    ),
  ],
  [
    "a CA without its key",
    ({ cluster }) => (cluster.hasCaKey = false),
    blocker(
      "master1",
      "/etc/kubernetes/pki/ca.key is missing",
      "new masters need certificates: put the CA's key back for the migration",
    ),
  ],
  [
    "another folder of certificates",
    ({ cluster }) => {
      cluster.clusterConfiguration = cluster.clusterConfiguration.replace("/etc/kubernetes/pki", "/srv/pki");
    },
    blocker("master1", "certificatesDir is /srv/pki", "k8s-ha knows /etc/kubernetes/pki alone"),
  ],
  [
    "no static pod",
    ({ cluster }) => (cluster.manifest = ""),
    blocker("master1", "kube-apiserver is not a static pod", "k8s-ha works on clusters that kubeadm made"),
  ],
  [
    "another port",
    ({ cluster }) =>
      (cluster.manifest = cluster.manifest.replace("--secure-port=6443", "--secure-port=8443")),
    blocker("master1", "the apiserver serves on port 8443", "k8s-ha knows port 6443 alone"),
  ],
  [
    "no anonymous requests",
    ({ cluster }) => {
      cluster.manifest = cluster.manifest.replace(
        "    - --insecure-port=0\n",
        "    - --anonymous-auth=false\n",
      );
      cluster.clusterConfiguration = cluster.clusterConfiguration.replace(
        "    authorization-mode",
        '    anonymous-auth: "false"\n    authorization-mode',
      );
    },
    blocker(
      "master1",
      "the apiserver refuses anonymous requests (--anonymous-auth=false)",
      "load balancers ask /readyz without a certificate: allow anonymous requests as long as any serve",
    ),
  ],
  [
    "flags in the manifest alone",
    ({ cluster }) => {
      cluster.manifest = cluster.manifest
        .replace("NodeRestriction", "NodeRestriction,PodNodeSelector")
        .replace("    - --insecure-port=0\n", "    - --encryption-provider-config=/etc/enc/config.yaml\n");
    },
    blocker(
      "master1",
      "kube-apiserver runs with flags that kubeadm's ClusterConfiguration does not have: --enable-admission-plugins, --encryption-provider-config",
      "add them to apiServer.extraArgs, and their files to extraVolumes: kubectl -n kube-system edit configmap kubeadm-config",
    ),
  ],
  [
    "mounts in the manifest alone",
    ({ cluster }) => {
      cluster.manifest = cluster.manifest
        .replace("  volumes:\n", "  volumes:\n  - hostPath:\n      path: /etc/oidc/\n    name: oidc\n")
        .replace("    volumeMounts:\n", "    volumeMounts:\n    - mountPath: /oidc\n      name: oidc\n")
        .replace("    - --insecure-port=0\n", "    - --oidc-ca-file=/oidc/ca.pem\n");
      cluster.clusterConfiguration = cluster.clusterConfiguration.replace(
        "  extraArgs:\n",
        "  extraArgs:\n    oidc-ca-file: /oidc/ca.pem\n",
      );
    },
    blocker(
      "master1",
      "kube-apiserver mounts /etc/oidc, which kubeadm's ClusterConfiguration does not have",
      "add it to apiServer.extraVolumes: kubectl -n kube-system edit configmap kubeadm-config",
    ),
  ],
  [
    "an endpoint that gives way to another",
    ({ cluster }) => {
      cluster.clusterConfiguration += "controlPlaneEndpoint: k8s.example.com:8443\n";
    },
    {
      severity: "warning",
      what: "the cluster has the endpoint k8s.example.com:8443 already, and gets 10.88.0.100:6443 in its place",
      fix: "lead k8s.example.com:8443 to 10.88.0.100:6443, or tell everyone whose kubeconfig names it; files outside these machines stay",
    },
  ],
  // the cluster's health
  [
    "a node that is not Ready",
    ({ cluster }) => {
      const node = must(cluster.nodes.find(({ metadata }) => metadata.name === "worker1"));
      must(node.status.conditions?.find(({ type }) => type === "Ready")).status = "Unknown";
    },
    blocker("master1", "node worker1 is not Ready", HEALTHY),
  ],
  [
    "a pod whose container waits",
    ({ cluster }) => {
      const pod = must(cluster.pods.find(({ metadata }) => metadata.name === "kube-scheduler-master1"));
      delete must(pod.status.containerStatuses?.[0]).state;
    },
    blocker("master1", "pod kube-scheduler-master1 does not run", HEALTHY),
  ],
  [
    "an etcd member that is not healthy",
    ({ cluster }) => (must(cluster.members[0]).healthy = false),
    blocker("master1", "etcd member master1 is not healthy", HEALTHY),
  ],
  [
    "an etcd member that never started",
    ({ cluster }) => Object.assign(must(cluster.members[0]), { healthy: false, name: "" }),
    blocker("master1", "etcd member 7039377769585566550 is not healthy", HEALTHY),
  ],
  [
    "an etcd member that only its own host reaches",
    ({ cluster }) => (must(cluster.members[0]).peerURLs = ["https://127.0.0.1:2380"]),
    blocker(
      "master1",
      "etcd member master1 has the peer URL https://127.0.0.1:2380, which no other master can reach",
      "etcdctl member update 61b0e4c903ede356 --peer-urls=https://ADDRESS:2380 (kubeadm#1950)",
    ),
  ],
  [
    "static pods on a machine that has yet to join",
    ({ cluster }) => (cluster.strayPods = new Map([["master2", ["haproxy", "keepalived"]]])),
    blocker(
      "master2",
      "/etc/kubernetes/manifests has static pods, and kubeadm joins no machine that has: haproxy, keepalived",
      "move them out of that folder on master2; what is a load balancer's k8s-ha writes after the join",
    ),
  ],
  [
    "a kubeadm of another minor version",
    ({ cluster }) => cluster.kubeadmVersions.set("master2", "v1.21.0"),
    blocker(
      "master2",
      "kubeadm is v1.21.0, the cluster is v1.20.2",
      "install kubeadm, kubelet and kubectl v1.20.2 on master2",
    ),
  ],
  [
    "a certificate that has expired",
    ({ cluster, now }) =>
      must(cluster.certificateEnds.get("master1")).set("/etc/kubernetes/pki/apiserver.crt", now - 1),
    blocker(
      "master1",
      "/etc/kubernetes/pki/apiserver.crt has expired",
      "kubeadm certs renew all, then restart the static pods",
    ),
  ],
  [
    "a file that is no certificate",
    ({ cluster }) =>
      must(cluster.certificateEnds.get("master1")).set("/etc/kubernetes/pki/etcd/peer.crt", Number.NaN),
    blocker(
      "master1",
      "/etc/kubernetes/pki/etcd/peer.crt cannot be read as a certificate",
      "kubeadm certs renew all, then restart the static pods",
    ),
  ],
  [
    "a kubelet's certificate that ends soon",
    ({ cluster, now }) =>
      must(cluster.certificateEnds.get("worker1")).set(
        "/var/lib/kubelet/pki/kubelet-client-current.pem",
        now + 1.5 * 86_400,
      ),
    blocker(
      "worker1",
      "/var/lib/kubelet/pki/kubelet-client-current.pem ends in 1.5 days",
      "systemctl restart kubelet, and look why it did not rotate",
    ),
  ],
  [
    "a worker that the cluster knows by another address",
    ({ cluster, workers }) => {
      const node = must(cluster.nodes.find(({ metadata }) => metadata.name === "worker1"));
      must(node.status.addresses?.[0]).address = "192.168.7.21";
      Object.assign(named(workers.states, "worker1"), { state: "partial", elsewhere: "worker1" });
    },
    blocker(
      "master1",
      "node worker1 (192.168.7.21) is not in the inventory",
      "add it to workers: its kubelet would go on asking master1 alone",
    ),
    blocker(
      "worker1",
      "no node of the cluster has the address 10.88.0.21, and its node worker1 has another",
      "write the InternalIP that `kubectl get nodes -o wide` shows for worker1 into the inventory; if that is an old node of this machine: kubectl delete node worker1",
    ),
  ],
  // the workers
  [
    "a machine that is to join as a worker and lacks what that takes",
    ({ workers }) => {
      workers.newcomers.push({
        ...JOINING_NODE,
        missingTools: ["kubelet"],
        versions: { kubeadm: "v1.21.14" },
      });
    },
    blocker(
      "worker1",
      "kubelet is not installed, and worker1 is no node of the cluster yet",
      "install it, so that worker1 can join as a worker; or take worker1 out of the inventory",
    ),
    blocker(
      "worker1",
      "kubeadm is v1.21.14, the cluster is v1.20.2",
      "install kubeadm and kubelet v1.20.2 on worker1",
    ),
  ],
  [
    "a new worker whose kubelet would not get its port, and that nobody reaches",
    ({ workers }) => {
      const alone = { toFirstMaster: "refused", fromFirstMaster: "silent" } as const;
      workers.newcomers.push({ ...JOINING_NODE, occupant: "socat", ...alone });
    },
    blocker("worker1", "port 10250 is in use by socat", "stop socat on worker1"),
    blocker(
      "worker1",
      "neither 10.88.0.100:6443 nor port 6443 of master1 answers",
      "let worker1 reach them (a firewall between them?)",
    ),
    blocker(
      "master1",
      "port 10250 of worker1 does not answer",
      "let master1 reach worker1:10250: kubectl logs and exec go there",
    ),
  ],
  [
    "a worker of another cluster",
    ({ workers }) => {
      const found = ["/etc/kubernetes/kubelet.conf"];
      Object.assign(named(workers.states, "worker1"), { state: "partial", found });
    },
    blocker(
      "worker1",
      "worker1 is no node of this cluster, and in use: it has /etc/kubernetes/kubelet.conf",
      "if it belongs to another cluster, take it out of the inventory; else `kubeadm reset` on it, by hand and with care",
    ),
  ],
  [
    "a worker that was set up anew",
    ({ workers }) => {
      Object.assign(named(workers.states, "worker1"), { isEmptied: true, found: [] });
    },
    blocker(
      "worker1",
      "worker1 is a node of the cluster that is not Ready, and the machine has no /etc/kubernetes/kubelet.conf: it was reset or set up anew",
      "kubectl delete node, for the node at 10.88.0.21; then the same command again, and it joins",
    ),
  ],
  // the network
  [
    "a VIP that is taken",
    ({ network }) => (network.vipAnswers = true),
    {
      severity: "blocker",
      what: "10.88.0.100 answers already, and none of the load balancers holds it",
      fix: "choose a free address for cluster.endpoint, or take this one away from whoever has it",
    },
  ],
  [
    "nobody who could listen for VRRP",
    ({ network }) => (network.routers = undefined),
    {
      severity: "warning",
      what: "no host could listen for VRRP, so nobody knows whether the id 51 is free",
      fix: "install socat on the first master to have it checked",
    },
  ],
  [
    "a router id that is taken",
    ({ network }) => {
      network.routers = [
        { source: "10.88.0.201", id: 50 },
        { source: "10.88.0.202", id: 51 },
      ];
    },
    {
      severity: "blocker",
      what: "10.88.0.202 already uses the VRRP id 51 on this network",
      fix: "set loadBalancer.virtualRouterId to a number that nobody uses",
    },
  ],
  [
    "a port of a new master in use",
    ({ network }) => must(network.listening.get("master2")).set(2379, ["etcd"]),
    blocker("master2", "port 2379 is in use by etcd", "stop etcd on master2, or move it to another port"),
  ],
  [
    "a port of a load balancer in use",
    ({ network }) => must(network.listening.get("lb1")).set(8404, ["nginx"]).set(6443, ["haproxy"]),
    blocker("lb1", "port 8404 is in use by nginx", "stop nginx on lb1, or move it to another port"),
  ],
  [
    "an ingress controller on a port of haproxy's, which is haproxy too",
    ({ network }) => {
      must(network.listening.get("lb1")).set(6443, ["haproxy"]).set(80, ["haproxy"]);
      network.otherPods.set("lb1", [80, 6443]);
    },
    blocker(
      "lb1",
      "port 6443 is in use by haproxy in a pod that is not k8s-ha's",
      "give that pod (an ingress controller?) another port, or take another one in the inventory",
    ),
  ],
  [
    "a firewall before a new master",
    ({ network }) => {
      const { knocks } = network;
      must(knocks.find((k) => k.from === "master1" && k.to === "master2" && k.port === 2380)).answer =
        "silent";
    },
    blocker(
      "master1",
      "port 2380 of master2 does not answer",
      "let master1 reach master2:2380 (a firewall between them, or on master2)",
    ),
  ],
  ...(
    [
      [
        "ufw",
        { firewalld: undefined, ufw: { live: true, ports: [], vrrp: false }, foreign: [] },
        "ufw allow 2380/tcp",
      ],
      [
        "firewalld",
        { firewalld: { zone: "lan", ports: [], richRules: [] }, ufw: undefined, foreign: [] },
        "firewall-cmd --zone=lan --add-port=2380/tcp && firewall-cmd --permanent --zone=lan --add-port=2380/tcp",
      ],
      [
        "rules of its own",
        {
          firewalld: undefined,
          ufw: undefined,
          foreign: [{ tool: "iptables", chain: "INPUT", accepts: [] }],
        },
        "iptables -I INPUT -p tcp -m multiport --dports 2380 -j ACCEPT",
      ],
    ] satisfies [string, Firewalls, string][]
  ).map(([name, found, line]): (typeof broken)[number] => [
    `${name} on a new master`,
    ({ network }) => {
      must(network.knocks.find((k) => k.from === "master1" && k.to === "master2" && k.port === 2380)).answer =
        "silent";
      network.firewalls.set("master2", found);
    },
    blocker("master1", "port 2380 of master2 does not answer", `open it on master2: ${line}`),
  ]),
  [
    "an etcd that listens on its own host alone",
    ({ network }) => {
      const { knocks } = network;
      must(knocks.find((k) => k.from === "master3" && k.to === "master1" && k.port === 2380)).answer =
        "refused";
    },
    blocker(
      "master3",
      "port 2380 of master1 is closed",
      "let master3 reach master1:2380 (a firewall between them, or on master1)",
    ),
  ],
];

describe("preflight", () => {
  it("tells an OpenSSL that cannot encrypt a backup, where that is asked for", () => {
    const old = ({ machines }: Facts) => {
      named(machines, "worker1").openssl = "OpenSSL 1.0.2k-fips  26 Jan 2017";
      named(machines, "worker1").packageManager = "yum";
    };
    const encrypted = { backup: { operatorCopy: "encrypted", passphraseFile: "p" } };
    expect(planned("fresh", old)).toEqual(NOTHING);
    expect(planned("fresh", old, encrypted).problems).toEqual([
      blocker(
        "worker1",
        "OpenSSL 1.0.2k-fips  26 Jan 2017 cannot encrypt the operator's copy of the backup: 1.1.1 is needed",
        "set backup.operatorCopy to none, or to plain: it holds private keys",
      ),
    ]);
  });

  it.each(["fresh", "endpoint"] as const)("finds nothing wrong with the recorded hosts (%s)", (state) => {
    expect(planned(state)).toEqual(NOTHING);
  });

  it.each(broken)("tells of %s, and of nothing else", (_, edit, ...problems) => {
    expect(planned("fresh", edit)).toEqual({ changes: [], problems });
  });

  it("tells everything at once", () => {
    const some = broken.filter(([what]) =>
      ["no systemd", "another port", "a VIP that is taken"].includes(what),
    );
    const { problems } = planned("fresh", (facts) => {
      for (const [, edit] of some) edit(facts);
    });
    expect(problems).toEqual(some.flatMap(([, , ...told]) => told));
    expect(problems).toHaveLength(3);
  });

  it.each<[string, (facts: Facts) => void]>([
    [
      "the pod of a node that was deleted, until the cluster clears it away",
      ({ cluster }) => {
        const pod = structuredClone(must(cluster.pods[0]));
        delete must(pod.status.containerStatuses?.[0]).state;
        cluster.pods.push({ ...pod, spec: { nodeName: "master3" } });
      },
    ],
    [
      "node, pods and member of a half-done join, which is cleared away",
      ({ cluster }) => {
        const { nodes, pods, members, pending } = cluster;
        Object.assign(named(pending, "master2"), { state: "partial", isClearable: true, node: "master2" });
        const [pod, member] = [must(pods[0]), must(members[0])];
        const address = { type: "InternalIP", address: "10.88.0.12" };
        nodes.push({ metadata: { name: "master2" }, status: { conditions: [], addresses: [address] } });
        pods.push({ ...pod, spec: { nodeName: "master2" }, status: {} });
        members.push({ ...member, name: "", healthy: false, peerURLs: ["https://10.88.0.12:2380"] });
      },
    ],
    [
      "a skew that may be the connection's",
      ({ machines }) => (named(machines, "lb1").clock = { skew: 5, uncertainty: 6 }),
    ],
    ["a load balancer's small disk", ({ machines }) => (named(machines, "lb1").freeMiB = 300)],
    ["an Ubuntu load balancer", ({ machines }) => (named(machines, "lb1").os = "ubuntu debian")],
    [
      "a node of another distribution",
      ({ machines }) => (named(machines, "master2").os = "rocky rhel centos fedora"),
    ],
    ["a machine without static pods", ({ cluster }) => (cluster.strayPods = new Map([["master2", []]]))],
    ["a patch version that differs", ({ cluster }) => cluster.kubeadmVersions.set("master2", "v1.20.15")],
    ["another router's id", ({ network }) => (network.routers = [{ source: "10.88.0.201", id: 52 }])],
    [
      "a load balancer's own voice from a link-local address",
      ({ network }) => {
        network.routers = [{ source: "fe80::31", id: 51 }];
        network.ownAddresses = ["fd00:88::31", "fe80::31"];
      },
    ],
    ["a load balancer's own voice", ({ network }) => (network.routers = [{ source: "10.88.0.31", id: 51 }])],
    ["our own haproxy", ({ network }) => must(network.listening.get("lb1")).set(6443, ["haproxy"])],
  ])("does not mind %s", (_, edit) => {
    expect(planned("fresh", edit)).toEqual(NOTHING);
  });

  it("needs the statistics port only where there is a statistics page", () => {
    const taken = ({ network }: Facts): void => {
      must(network.listening.get("lb1")).set(8404, ["nginx"]);
    };
    expect(planned("fresh", taken, { loadBalancer: { stats: false } })).toEqual(NOTHING);
  });

  it("needs the endpoint's own port and the announced one", () => {
    const taken = ({ network }: Facts): void => {
      must(network.listening.get("lb1")).set(16443, ["nginx"]).set(6443, ["envoy"]);
    };
    const whats = (cluster: object): string[] =>
      planned("fresh", taken, { cluster }).problems.map(({ what }) => what);
    expect(whats({ endpoint: "10.88.0.100:16443" })).toEqual([
      "port 16443 is in use by nginx",
      "port 6443 is in use by envoy",
    ]);
    expect(whats({ endpoint: "10.88.0.100:16443", advertise: "node" })).toEqual([
      "port 16443 is in use by nginx",
    ]);
  });

  describe("with load balancers on the masters", () => {
    const onMasters = {
      cluster: { endpoint: "10.88.0.100:8443" },
      loadBalancers: ["master1", "master2", "master3"].map((master) => ({ master })),
    };

    it("needs what a master needs, and haproxy's ports, of each that has yet to join", () => {
      const listens = ({ network }: Facts): void => {
        network.listening.clear();
        network.listening.set("master1", new Map([[6443, ["kube-apiserver"]]]).set(8443, ["nginx"]));
        network.listening.set(
          "master2",
          new Map([[8443, ["haproxy"]]]).set(8404, ["haproxy"]).set(2379, ["etcd"]),
        );
      };
      expect(
        planned("fresh", listens, onMasters).problems.map(({ host, what }) => `${host ?? ""}: ${what}`),
      ).toEqual(["master1: port 8443 is in use by nginx", "master2: port 2379 is in use by etcd"]);
    });

    it("lets an apiserver have port 6443 beside haproxy where they share it, and nobody else", () => {
      const shared = { ...onMasters, cluster: { endpoint: "10.88.0.100:6443" } };
      const listens = ({ network }: Facts): void => {
        network.listening.clear();
        network.listening.set("master1", new Map([[6443, ["kube-apiserver", "haproxy", "socat"]]]));
        network.listening.set("master2", new Map([[6443, ["haproxy"]]]));
        network.listening.set("master3", new Map([[6443, ["kube-apiserver"]]]));
      };
      expect(
        planned("fresh", listens, shared).problems.map(({ host, what }) => `${host ?? ""}: ${what}`),
      ).toEqual(["master1: port 6443 is in use by socat", "master3: port 6443 is in use by kube-apiserver"]);
    });

    it("lets the first apiserver have its own address by a flag, as a run that was cut off left it", () => {
      const bound = ({ cluster, network }: Facts): void => {
        network.listening.clear();
        cluster.manifest = cluster.manifest.replace(
          "    - --client-ca-file",
          "    - --bind-address=10.88.0.11\n    - --client-ca-file",
        );
      };
      const shared = { ...onMasters, cluster: { endpoint: "10.88.0.100:6443" } };
      expect(planned("fresh", bound, shared)).toEqual(NOTHING);
      expect(planned("fresh", bound, onMasters).problems.map(({ what }) => what)).toEqual([
        expect.stringContaining("listens on 10.88.0.11 alone (--bind-address in its manifest)"),
      ]);
    });

    it("looks for the tools of both, and asks no master about itself", async () => {
      using sandbox = new Sandbox(labInventory(onMasters));
      await preflight.probe(sandbox.fleet().look());
      const [asked = ""] = sandbox.scripts.flatMap(
        (text) => /for t in (.*); do command/.exec(text)?.[1] ?? [],
      );
      expect(asked.split(" ")).toEqual(expect.arrayContaining(["kubeadm", "sysctl"]));
      expect(new Set(asked.split(" ")).size).toBe(asked.split(" ").length);
    });

    it("wants a master to have a package manager that k8s-ha knows", () => {
      const { problems } = planned(
        "fresh",
        ({ machines }) =>
          Object.assign(named(machines, "master2"), {
            groups: ["controlPlane", "loadBalancers"],
            os: "opensuse-leap suse",
            packageManager: "none",
          }),
        onMasters,
      );
      expect(problems.map(({ what }) => what)).toEqual([
        "packages cannot be installed on opensuse-leap suse",
      ]);
    });
  });

  describe("with an external etcd", () => {
    const external = ({ cluster, network }: Facts): void => {
      cluster.clusterConfiguration = externalEtcd(cluster.clusterConfiguration);
      network.etcd = "external";
      // Where its members find each other is its owner's business.
      for (const member of cluster.members) member.peerURLs = ["https://127.0.0.1:2380"];
    };

    it.each(["fresh", "endpoint"] as const)("finds nothing in the way (%s)", (state) => {
      expect(planned(state, external)).toEqual(NOTHING);
    });

    it("lets the files be mounted that kubeadm's own configuration names", () => {
      const { problems } = planned("fresh", (facts) => {
        external(facts);
        facts.cluster.manifest = facts.cluster.manifest
          .replace(
            "    volumeMounts:\n",
            "    volumeMounts:\n    - mountPath: /etc/etcd\n      name: etcd-certs-0\n",
          )
          .replace(
            "  volumes:\n",
            "  volumes:\n  - hostPath:\n      path: /etc/etcd\n    name: etcd-certs-0\n",
          );
        expect(facts.cluster.manifest.match(/etcd-certs-0/g)).toHaveLength(2);
      });
      expect(problems).toEqual([]);
    });

    it("wants each of its servers to answer each new master", () => {
      const { problems } = planned("fresh", (facts) => {
        external(facts);
        const target = { to: "10.88.0.42", port: 2379 };
        facts.network.knocks.push({ from: "master2", ...target, answer: "refused" });
        facts.network.knocks.push({ from: "master3", ...target, answer: "silent" });
      });
      const fix = (from: string) =>
        `let ${from} reach 10.88.0.42:2379 (a firewall between them, or on 10.88.0.42)`;
      expect(problems).toEqual([
        blocker("master2", "port 2379 of 10.88.0.42 is closed", fix("master2")),
        blocker("master3", "port 2379 of 10.88.0.42 does not answer", fix("master3")),
      ]);
    });

    it("does not mind who has etcd's ports on a new master", () => {
      const { problems } = planned("fresh", (facts) => {
        external(facts);
        must(facts.network.listening.get("master2")).set(2379, ["etcd"]);
      });
      expect(problems).toEqual([]);
    });

    it("is refused together with an etcd on the first master", () => {
      const { problems } = planned("fresh", external, { cluster: { etcd: "first-master" } });
      expect(problems).toMatchObject([
        { severity: "blocker", what: "cluster.etcd is first-master, and the cluster's etcd is external" },
      ]);
    });
  });

  it.each([
    ["1.20.2", ["crictl is not installed, and worker1 is no node of the cluster yet"]],
    ["1.37.2", []],
  ] as const)("wants crictl of a new worker where kubeadm %s does", (version, whats) => {
    const { problems } = on(version).planOf(preflight, "fresh", ({ workers }) => {
      const versions = { kubeadm: `v${version}`, kubelet: `v${version}` };
      must(workers).newcomers.push({ ...JOINING_NODE, missingTools: ["crictl"], versions });
    });
    expect(problems.map(({ what }) => what)).toEqual(whats);
  });

  describe("with etcd on the first master alone", () => {
    const ONE = { cluster: { etcd: "first-master" } };
    const warning = {
      severity: "warning",
      host: "master1",
      what: "master1 stays a single point of failure: the only etcd is there, so without master1 no apiserver serves, and what its disk loses is lost",
      fix: "leave cluster.etcd out to have a member of etcd on every master",
    };

    it.each([(text: string) => text, oneEtcd])("says what stays a single point of failure", (configured) => {
      const edit = ({ cluster, network }: Facts): void => {
        cluster.clusterConfiguration = configured(cluster.clusterConfiguration);
        network.etcd = "first-master";
      };
      expect(planned("fresh", edit, ONE)).toEqual({ changes: [], problems: [warning] });
    });

    it("goes without a name for the etcd beside each apiserver", () => {
      const beside = ({ cluster }: Facts): void => {
        const text = oneEtcd(cluster.clusterConfiguration);
        cluster.clusterConfiguration = text.replace("https://10.88.0.11:2379", "https://127.0.0.1:2379");
      };
      expect(planned("fresh", beside)).toEqual(NOTHING);
    });

    it("is refused where etcd has more members", () => {
      const what = "etcd has 3 members, and cluster.etcd is first-master";
      expect(planned("endpoint", undefined, ONE).problems).toMatchObject([
        warning,
        { severity: "blocker", what },
      ]);
    });
  });

  describe("with an external load balancer", () => {
    const external = { loadBalancer: "external", loadBalancers: [] };
    const answers = (from: string, port: PortAnswer, readyz: number): ExternalEndpoint["answers"] => [
      { from, port, readyz },
    ];
    const told = (found: ExternalEndpoint): string[] =>
      planned("fresh", (facts) => Object.assign(facts, { external: found }), external).problems.map(
        ({ host, what, fix }) => `${host ?? ""}: ${what}: ${fix}`,
      );
    const target =
      "port 6443 of the masters that are ready, as plain TCP (10.88.0.11 now, all of them later)";

    it("wants nothing of one that leads to this cluster", () => {
      expect(told({ answers: answers("worker1", "open", 200), isOurs: true })).toEqual([]);
    });

    it.each<[string, ExternalEndpoint, string]>([
      [
        "a host that does not reach it",
        { answers: answers("worker1", "silent", 0), isOurs: true },
        `worker1: 10.88.0.100:6443 does not answer: have the load balancer listen there and lead to ${target}; let worker1 reach it`,
      ],
      [
        "one that listens on another port",
        { answers: answers("lb1", "refused", 0), isOurs: false },
        `lb1: 10.88.0.100:6443 refuses connections: have the load balancer listen there and lead to ${target}; let lb1 reach it`,
      ],
      [
        "one that leads nowhere",
        { answers: answers("worker1", "open", 0), isOurs: false },
        `worker1: https://10.88.0.100:6443/readyz answers nothing: have the load balancer lead 10.88.0.100:6443 to ${target}`,
      ],
      [
        "one that leads to something else",
        { answers: answers("worker1", "open", 404), isOurs: false },
        `worker1: https://10.88.0.100:6443/readyz answers 404: have the load balancer lead 10.88.0.100:6443 to ${target}`,
      ],
      [
        "one that ends TLS itself, or leads to another cluster",
        { answers: answers("worker1", "open", 200), isOurs: false },
        `master1: 10.88.0.100:6443 shows a certificate that is not of this cluster's CA: have the load balancer pass TLS on as it is, and lead to ${target}`,
      ],
    ])("refuses %s", (_, found, problem) => {
      expect(told(found)).toEqual([problem]);
    });

    it("asks it from every host, and listens for no VRRP", async () => {
      using sandbox = new Sandbox(labInventory(external));
      sandbox.web.etcd([]);
      const facts = await preflight.probe(sandbox.fleet().look());
      const names = ["master1", "master2", "master3", "worker1"];
      expect(facts.external?.answers.map(({ from }) => from)).toEqual(names);
      expect(sandbox.scripts.filter((text) => /socat/.test(text))).toEqual([]);
    });
  });

  it("tells what it found where other looks failed", async () => {
    using sandbox = new Sandbox();
    // Only the API is away: etcd answers, with no members.
    sandbox.web.etcd([]);
    sandbox.web.login();
    sandbox.answer("kubelet", "");
    sandbox.answer("ss", "exit 127");
    sandbox.file("/etc/os-release", "ID=debian\n");
    const facts = await preflight.probe(sandbox.fleet().look());
    const { problems = [] } = preflight.plan(facts, sandbox.inventory);
    const of = (host: string, what: RegExp): Problem[] =>
      problems.filter((problem) => problem.host === host && what.test(problem.what));
    expect(of("worker1", /systemd does not run/)).toHaveLength(1);
    expect(of("master1", /Connection refused/)).not.toEqual([]);
  });

  it("tells of each machine that cannot be looked at, and of the cluster", async () => {
    using sandbox = new Sandbox();
    // Only the API is away: etcd answers, with no members.
    sandbox.web.etcd([]);
    sandbox.web.login();
    const { failures } = await preflight.probe(sandbox.fleet().look());
    expect(new Set(failures.map(({ host }) => host))).toEqual(
      new Set(["master1", "master2", "master3", "lb1", "lb2", "worker1"]),
    );
    expect(failures.some(({ what }) => what.includes("Connection refused"))).toBe(true);
  });

  it("looks for the programs that later steps run", async () => {
    using sandbox = new Sandbox();
    await preflight.probe(sandbox.fleet().look());
    const asked = sandbox.scripts.flatMap((text) => /for t in (.*); do command/.exec(text)?.[1] ?? []);
    const [master = [], , , , , worker = []] = asked.map((words) => words.split(" "));
    expect(asked).toHaveLength(6);
    expect(master).toEqual(expect.arrayContaining(["curl", "pgrep", "kubeadm"]));
    expect(worker).toEqual(expect.arrayContaining(["curl", "ss"]));
  });
});

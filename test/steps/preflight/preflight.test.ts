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
    blocker("worker1", "systemd is not running", "k8s-ha requires hosts with systemd"),
  ],
  [
    "a load balancer with CentOS 7",
    ({ machines }) =>
      Object.assign(named(machines, "lb2"), { os: "centos rhel fedora", packageManager: "yum" }),
    blocker(
      "lb2",
      "haproxy and keepalived of centos rhel fedora are too old: haproxy is 1.5, but 1.8 is required",
      "use a load balancer with Debian, Ubuntu, or the Red Hat family from version 8 on",
    ),
  ],
  [
    "a load balancer with an unknown system",
    ({ machines }) => Object.assign(named(machines, "lb2"), { os: "", packageManager: "none" }),
    blocker(
      "lb2",
      "packages cannot be installed on this system",
      "use a load balancer with Debian, Ubuntu, or the Red Hat family from version 8 on",
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
    blocker("master3", "only 2047 MiB are free below /var", "make sure that 2048 MiB are free there"),
  ],
  [
    "a wrong clock",
    ({ machines }) => {
      const { skew } = named(machines, "master1").clock;
      named(machines, "lb1").clock = { skew: skew + 120, uncertainty: 0.1 };
    },
    blocker(
      "lb1",
      "its clock differs by 120.0 s from that of master1",
      "synchronize both clocks by NTP (chrony or systemd-timesyncd)",
    ),
  ],
  // the cluster's configuration
  [
    "apiservers that use one etcd, without cluster.etcd in the inventory",
    ({ cluster }) => {
      cluster.clusterConfiguration = oneEtcd(cluster.clusterConfiguration);
    },
    blocker(
      "master1",
      "all apiservers use one etcd (etcd-servers in apiServer.extraArgs of kubeadm-config)",
      "k8s-ha adds no members to such an etcd: set cluster.etcd: first-master",
    ),
  ],
  [
    "a CA without its key",
    ({ cluster }) => (cluster.hasCaKey = false),
    blocker(
      "master1",
      "/etc/kubernetes/pki/ca.key is missing",
      "restore the CA's key for the migration: new masters need certificates",
    ),
  ],
  [
    "another certificates directory",
    ({ cluster }) => {
      cluster.clusterConfiguration = cluster.clusterConfiguration.replace("/etc/kubernetes/pki", "/srv/pki");
    },
    blocker("master1", "certificatesDir is /srv/pki", "k8s-ha supports only /etc/kubernetes/pki"),
  ],
  [
    "no static pod",
    ({ cluster }) => (cluster.manifest = ""),
    blocker("master1", "kube-apiserver is not a static pod", "k8s-ha requires a cluster created by kubeadm"),
  ],
  [
    "another port",
    ({ cluster }) =>
      (cluster.manifest = cluster.manifest.replace("--secure-port=6443", "--secure-port=8443")),
    blocker("master1", "the apiserver listens on port 8443", "k8s-ha supports only port 6443"),
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
      "allow anonymous requests as long as load balancers are in use: they query /readyz without a certificate",
    ),
  ],
  [
    "flags that are only in the manifest",
    ({ cluster }) => {
      cluster.manifest = cluster.manifest
        .replace("NodeRestriction", "NodeRestriction,PodNodeSelector")
        .replace("    - --insecure-port=0\n", "    - --encryption-provider-config=/etc/enc/config.yaml\n");
    },
    blocker(
      "master1",
      "kube-apiserver has flags that are missing from kubeadm's ClusterConfiguration: --enable-admission-plugins, --encryption-provider-config",
      "add them to apiServer.extraArgs, and their files to extraVolumes: kubectl -n kube-system edit configmap kubeadm-config",
    ),
  ],
  [
    "mounts that are only in the manifest",
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
      "kube-apiserver mounts /etc/oidc, which is missing from kubeadm's ClusterConfiguration",
      "add it to apiServer.extraVolumes: kubectl -n kube-system edit configmap kubeadm-config",
    ),
  ],
  [
    "an endpoint that is replaced",
    ({ cluster }) => {
      cluster.clusterConfiguration += "controlPlaneEndpoint: k8s.example.com:8443\n";
    },
    {
      severity: "warning",
      what: "the cluster already has the endpoint k8s.example.com:8443, which is replaced by 10.88.0.100:6443",
      fix: "forward k8s.example.com:8443 to 10.88.0.100:6443, or notify all users whose kubeconfig contains it; k8s-ha does not change files outside these machines",
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
    "a pod whose container is waiting",
    ({ cluster }) => {
      const pod = must(cluster.pods.find(({ metadata }) => metadata.name === "kube-scheduler-master1"));
      delete must(pod.status.containerStatuses?.[0]).state;
    },
    blocker("master1", "pod kube-scheduler-master1 is not running", HEALTHY),
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
    "an etcd member that only its own host can reach",
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
      "/etc/kubernetes/manifests contains static pods, and kubeadm does not join such a machine: haproxy, keepalived",
      "move them out of that directory on master2; k8s-ha writes the load balancer's static pods after the join",
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
    "a file that is not a certificate",
    ({ cluster }) =>
      must(cluster.certificateEnds.get("master1")).set("/etc/kubernetes/pki/etcd/peer.crt", Number.NaN),
    blocker(
      "master1",
      "/etc/kubernetes/pki/etcd/peer.crt cannot be read as a certificate",
      "kubeadm certs renew all, then restart the static pods",
    ),
  ],
  [
    "a kubelet certificate that expires soon",
    ({ cluster, now }) =>
      must(cluster.certificateEnds.get("worker1")).set(
        "/var/lib/kubelet/pki/kubelet-client-current.pem",
        now + 1.5 * 86_400,
      ),
    blocker(
      "worker1",
      "/var/lib/kubelet/pki/kubelet-client-current.pem expires in 1.5 days",
      "systemctl restart kubelet, and find out why it did not rotate the certificate",
    ),
  ],
  [
    "a worker that the cluster lists under another address",
    ({ cluster, workers }) => {
      const node = must(cluster.nodes.find(({ metadata }) => metadata.name === "worker1"));
      must(node.status.addresses?.[0]).address = "192.168.7.21";
      Object.assign(named(workers.states, "worker1"), { state: "partial", elsewhere: "worker1" });
    },
    blocker(
      "master1",
      "node worker1 (192.168.7.21) is not in the inventory",
      "add it to workers: its kubelet would continue to use only master1",
    ),
    blocker(
      "worker1",
      "no cluster node has the address 10.88.0.21; this machine's node worker1 has another address",
      "set the machine's address in the inventory to the InternalIP that `kubectl get nodes -o wide` shows for worker1; if that is an old node of this machine: kubectl delete node worker1",
    ),
  ],
  // the workers
  [
    "a new worker that lacks the required tools",
    ({ workers }) => {
      workers.newcomers.push({
        ...JOINING_NODE,
        missingTools: ["kubelet"],
        versions: { kubeadm: "v1.21.14" },
      });
    },
    blocker(
      "worker1",
      "kubelet is not installed, and worker1 is not yet a node of the cluster",
      "install it so that worker1 can join as a worker, or remove worker1 from the inventory",
    ),
    blocker(
      "worker1",
      "kubeadm is v1.21.14, the cluster is v1.20.2",
      "install kubeadm and kubelet v1.20.2 on worker1",
    ),
  ],
  [
    "a new worker whose kubelet port is in use and that cannot be reached",
    ({ workers }) => {
      const alone = { toFirstMaster: "refused", fromFirstMaster: "silent" } as const;
      workers.newcomers.push({ ...JOINING_NODE, occupant: "socat", ...alone });
    },
    blocker("worker1", "port 10250 is in use by socat", "stop socat on worker1"),
    blocker(
      "worker1",
      "neither 10.88.0.100:6443 nor port 6443 of master1 answers",
      "allow worker1 to reach them (a firewall between them?)",
    ),
    blocker(
      "master1",
      "port 10250 of worker1 does not answer",
      "allow master1 to reach worker1:10250: kubectl logs and exec use it",
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
      "worker1 is not a node of this cluster, but is in use: it has /etc/kubernetes/kubelet.conf",
      "if it belongs to another cluster, remove it from the inventory; otherwise run `kubeadm reset` on it manually, with care",
    ),
  ],
  [
    "a worker that was reinstalled",
    ({ workers }) => {
      Object.assign(named(workers.states, "worker1"), { isEmptied: true, found: [] });
    },
    blocker(
      "worker1",
      "worker1 is a cluster node that is not Ready, and the machine has no /etc/kubernetes/kubelet.conf: it was reset or reinstalled",
      "run kubectl delete node for the node at 10.88.0.21, then run the same command again: the machine joins",
    ),
  ],
  // the network
  [
    "a VIP that is in use",
    ({ network }) => (network.vipAnswers = true),
    {
      severity: "blocker",
      what: "10.88.0.100 already answers, but none of the load balancers holds it",
      fix: "choose a free address for cluster.endpoint, or remove this one from the host that has it",
    },
  ],
  [
    "no host that could listen for VRRP",
    ({ network }) => (network.routers = undefined),
    {
      severity: "warning",
      what: "no host could listen for VRRP, so it is unknown whether the id 51 is free",
      fix: "install socat on the first master to enable this check",
    },
  ],
  [
    "a router id that is in use",
    ({ network }) => {
      network.routers = [
        { source: "10.88.0.201", id: 50 },
        { source: "10.88.0.202", id: 51 },
      ];
    },
    {
      severity: "blocker",
      what: "10.88.0.202 already uses the VRRP id 51 on this network",
      fix: "set loadBalancer.virtualRouterId to an unused number",
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
    "an ingress controller based on haproxy on one of haproxy's ports",
    ({ network }) => {
      must(network.listening.get("lb1")).set(6443, ["haproxy"]).set(80, ["haproxy"]);
      network.otherPods.set("lb1", [80, 6443]);
    },
    blocker(
      "lb1",
      "port 6443 is in use by haproxy in a pod not managed by k8s-ha",
      "use another port for that pod (an ingress controller?), or set another one in the inventory",
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
      "allow master1 to reach master2:2380 (a firewall between them, or on master2)",
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
    "an etcd that listens only on its own host",
    ({ network }) => {
      const { knocks } = network;
      must(knocks.find((k) => k.from === "master3" && k.to === "master1" && k.port === 2380)).answer =
        "refused";
    },
    blocker(
      "master3",
      "port 2380 of master1 is closed",
      "allow master3 to reach master1:2380 (a firewall between them, or on master1)",
    ),
  ],
];

describe("preflight", () => {
  it("reports an OpenSSL that cannot encrypt a backup, if encryption is set", () => {
    const old = ({ machines }: Facts) => {
      named(machines, "worker1").openssl = "OpenSSL 1.0.2k-fips  26 Jan 2017";
      named(machines, "worker1").packageManager = "yum";
    };
    const encrypted = { backup: { operatorCopy: "encrypted", passphraseFile: "p" } };
    expect(planned("fresh", old)).toEqual(NOTHING);
    expect(planned("fresh", old, encrypted).problems).toEqual([
      blocker(
        "worker1",
        "OpenSSL 1.0.2k-fips  26 Jan 2017 cannot encrypt the operator's copy of the backup: 1.1.1 is required",
        "set backup.operatorCopy to none, or to plain: the backup contains private keys",
      ),
    ]);
  });

  it.each(["fresh", "endpoint"] as const)("finds nothing wrong with the recorded hosts (%s)", (state) => {
    expect(planned(state)).toEqual(NOTHING);
  });

  it.each(broken)("reports %s, and nothing else", (_, edit, ...problems) => {
    expect(planned("fresh", edit)).toEqual({ changes: [], problems });
  });

  it("reports everything at once", () => {
    const some = broken.filter(([what]) =>
      ["no systemd", "another port", "a VIP that is in use"].includes(what),
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
  ])("accepts %s", (_, edit) => {
    expect(planned("fresh", edit)).toEqual(NOTHING);
  });

  it("requires the statistics port only with a statistics page", () => {
    const taken = ({ network }: Facts): void => {
      must(network.listening.get("lb1")).set(8404, ["nginx"]);
    };
    expect(planned("fresh", taken, { loadBalancer: { stats: false } })).toEqual(NOTHING);
  });

  it("requires the endpoint's port and the advertised port", () => {
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

    it("requires a master's ports and haproxy's ports on each that has yet to join", () => {
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

    it("allows only an apiserver on port 6443 beside haproxy if they share it", () => {
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

    it("allows a bind address flag on the first apiserver, as an interrupted run leaves it", () => {
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
        expect.stringContaining("listens only on 10.88.0.11 (--bind-address in its manifest)"),
      ]);
    });

    it("checks the tools of both groups, and does not probe a master from itself", async () => {
      using sandbox = new Sandbox(labInventory(onMasters));
      await preflight.probe(sandbox.fleet().look());
      const [asked = ""] = sandbox.scripts.flatMap(
        (text) => /for t in (.*); do command/.exec(text)?.[1] ?? [],
      );
      expect(asked.split(" ")).toEqual(expect.arrayContaining(["kubeadm", "sysctl"]));
      expect(new Set(asked.split(" ")).size).toBe(asked.split(" ").length);
    });

    it("requires a package manager that k8s-ha supports on a master", () => {
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

    it.each(["fresh", "endpoint"] as const)("reports no blocker (%s)", (state) => {
      expect(planned(state, external)).toEqual(NOTHING);
    });

    it("allows mounts of the files that kubeadm's configuration names", () => {
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

    it("requires each of its servers to answer each new master", () => {
      const { problems } = planned("fresh", (facts) => {
        external(facts);
        const target = { to: "10.88.0.42", port: 2379 };
        facts.network.knocks.push({ from: "master2", ...target, answer: "refused" });
        facts.network.knocks.push({ from: "master3", ...target, answer: "silent" });
      });
      const fix = (from: string) =>
        `allow ${from} to reach 10.88.0.42:2379 (a firewall between them, or on 10.88.0.42)`;
      expect(problems).toEqual([
        blocker("master2", "port 2379 of 10.88.0.42 is closed", fix("master2")),
        blocker("master3", "port 2379 of 10.88.0.42 does not answer", fix("master3")),
      ]);
    });

    it("accepts etcd's ports in use on a new master", () => {
      const { problems } = planned("fresh", (facts) => {
        external(facts);
        must(facts.network.listening.get("master2")).set(2379, ["etcd"]);
      });
      expect(problems).toEqual([]);
    });

    it("is rejected together with cluster.etcd: first-master", () => {
      const { problems } = planned("fresh", external, { cluster: { etcd: "first-master" } });
      expect(problems).toMatchObject([
        { severity: "blocker", what: "cluster.etcd is first-master, but the cluster's etcd is external" },
      ]);
    });
  });

  it.each([
    ["1.20.2", ["crictl is not installed, and worker1 is not yet a node of the cluster"]],
    ["1.37.2", []],
  ] as const)("requires crictl on a new worker if kubeadm %s does", (version, whats) => {
    const { problems } = on(version).planOf(preflight, "fresh", ({ workers }) => {
      const versions = { kubeadm: `v${version}`, kubelet: `v${version}` };
      must(workers).newcomers.push({ ...JOINING_NODE, missingTools: ["crictl"], versions });
    });
    expect(problems.map(({ what }) => what)).toEqual(whats);
  });

  describe("with etcd only on the first master", () => {
    const ONE = { cluster: { etcd: "first-master" } };
    const warning = {
      severity: "warning",
      host: "master1",
      what: "master1 stays a single point of failure: it runs the only etcd, so without master1 no apiserver serves, and its data has no replica",
      fix: "remove cluster.etcd from the inventory to run an etcd member on every master",
    };

    it.each([(text: string) => text, oneEtcd])(
      "reports the remaining single point of failure",
      (configured) => {
        const edit = ({ cluster, network }: Facts): void => {
          cluster.clusterConfiguration = configured(cluster.clusterConfiguration);
          network.etcd = "first-master";
        };
        expect(planned("fresh", edit, ONE)).toEqual({ changes: [], problems: [warning] });
      },
    );

    it("treats a local etcd URL as stacked etcd", () => {
      const beside = ({ cluster }: Facts): void => {
        const text = oneEtcd(cluster.clusterConfiguration);
        cluster.clusterConfiguration = text.replace("https://10.88.0.11:2379", "https://127.0.0.1:2379");
      };
      expect(planned("fresh", beside)).toEqual(NOTHING);
    });

    it("is rejected if etcd has more members", () => {
      const what = "etcd has 3 members, but cluster.etcd is first-master";
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
    const target = "port 6443 of all ready masters, as plain TCP (now 10.88.0.11, later all masters)";

    it("reports nothing for one that forwards to this cluster", () => {
      expect(told({ answers: answers("worker1", "open", 200), isOurs: true })).toEqual([]);
    });

    it.each<[string, ExternalEndpoint, string]>([
      [
        "a host that does not reach it",
        { answers: answers("worker1", "silent", 0), isOurs: true },
        `worker1: 10.88.0.100:6443 does not answer: configure the load balancer to listen there and forward to ${target}; allow worker1 to reach it`,
      ],
      [
        "one that listens on another port",
        { answers: answers("lb1", "refused", 0), isOurs: false },
        `lb1: 10.88.0.100:6443 refuses connections: configure the load balancer to listen there and forward to ${target}; allow lb1 to reach it`,
      ],
      [
        "one that leads nowhere",
        { answers: answers("worker1", "open", 0), isOurs: false },
        `worker1: https://10.88.0.100:6443/readyz returns no response: configure the load balancer to forward 10.88.0.100:6443 to ${target}`,
      ],
      [
        "one that leads to something else",
        { answers: answers("worker1", "open", 404), isOurs: false },
        `worker1: https://10.88.0.100:6443/readyz returns 404: configure the load balancer to forward 10.88.0.100:6443 to ${target}`,
      ],
      [
        "one that ends TLS itself, or leads to another cluster",
        { answers: answers("worker1", "open", 200), isOurs: false },
        `master1: 10.88.0.100:6443 presents a certificate that is not signed by this cluster's CA: configure the load balancer to pass TLS through unchanged, and to forward to ${target}`,
      ],
    ])("rejects %s", (_, found, problem) => {
      expect(told(found)).toEqual([problem]);
    });

    it("probes it from every host, and does not listen for VRRP", async () => {
      using sandbox = new Sandbox(labInventory(external));
      sandbox.web.etcd([]);
      const facts = await preflight.probe(sandbox.fleet().look());
      const names = ["master1", "master2", "master3", "worker1"];
      expect(facts.external?.answers.map(({ from }) => from)).toEqual(names);
      expect(sandbox.scripts.filter((text) => /socat/.test(text))).toEqual([]);
    });
  });

  it("reports its results even if other probes failed", async () => {
    using sandbox = new Sandbox();
    // Only the API is unavailable: etcd answers, with no members.
    sandbox.web.etcd([]);
    sandbox.web.login();
    sandbox.answer("kubelet", "");
    sandbox.answer("ss", "exit 127");
    sandbox.file("/etc/os-release", "ID=debian\n");
    const facts = await preflight.probe(sandbox.fleet().look());
    const { problems = [] } = preflight.plan(facts, sandbox.inventory);
    const of = (host: string, what: RegExp): Problem[] =>
      problems.filter((problem) => problem.host === host && what.test(problem.what));
    expect(of("worker1", /systemd is not running/)).toHaveLength(1);
    expect(of("master1", /Connection refused/)).not.toEqual([]);
  });

  it("reports each machine that cannot be probed, and the cluster", async () => {
    using sandbox = new Sandbox();
    // Only the API is unavailable: etcd answers, with no members.
    sandbox.web.etcd([]);
    sandbox.web.login();
    const { failures } = await preflight.probe(sandbox.fleet().look());
    expect(new Set(failures.map(({ host }) => host))).toEqual(
      new Set(["master1", "master2", "master3", "lb1", "lb2", "worker1"]),
    );
    expect(failures.some(({ what }) => what.includes("Connection refused"))).toBe(true);
  });

  it("checks the programs that later steps run", async () => {
    using sandbox = new Sandbox();
    await preflight.probe(sandbox.fleet().look());
    const asked = sandbox.scripts.flatMap((text) => /for t in (.*); do command/.exec(text)?.[1] ?? []);
    const [master = [], , , , , worker = []] = asked.map((words) => words.split(" "));
    expect(asked).toHaveLength(6);
    expect(master).toEqual(expect.arrayContaining(["curl", "pgrep", "kubeadm"]));
    expect(worker).toEqual(expect.arrayContaining(["curl", "ss"]));
  });
});

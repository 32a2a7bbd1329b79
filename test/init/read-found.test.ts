import { describe, expect, it } from "vitest";
import { masterOf, readFound } from "../../src/init/read-found.js";
import { Sandbox } from "../machine/sandbox.js";

const FROM = { text: "admin@m1.example.org", host: "m1.example.org" };
const CONFIG_MAP = "/api/v1/namespaces/kube-system/configmaps/kubeadm-config";
const PODS = "/api/v1/namespaces/kube-system/pods?labelSelector=tier%3Dcontrol-plane";
const LISTS = [
  "/api/v1/configmaps",
  "/apis/apps/v1/daemonsets",
  "/apis/apps/v1/deployments",
  "/apis/apps/v1/statefulsets",
];
const MANIFEST = `metadata:
  annotations:
    kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint: 10.88.0.11:6443
spec:
  containers:
  - command:
    - kube-apiserver
    - --advertise-address=10.88.0.100
`;

const node = (name: string, addresses: readonly string[], labels: object = {}): object => ({
  metadata: { name, labels },
  status: { addresses: addresses.map((address) => ({ type: "InternalIP", address })) },
});

/** A master with a worker, and neighbors at 10.88.0.250 and 10.88.0.249. */
function master(configuration = ""): Sandbox {
  const sandbox = new Sandbox();
  sandbox.file("/etc/kubernetes/manifests/kube-apiserver.yaml", MANIFEST);
  sandbox.file("/etc/hosts", "127.0.0.1 localhost\n10.88.0.11 api.example.org # the API\n");
  sandbox.answer(
    "ip",
    `case "$*" in
*'addr show'*) echo '2: eth0    inet 10.88.0.11/24 scope global eth0' ;;
*'route show default'*) echo 'default via 10.88.0.250 dev eth0' ;;
*'-o neigh show') echo '10.88.0.248 dev eth0 lladdr 02:00:00:00:00:01 STALE'; echo '10.88.0.247 dev eth0 FAILED' ;;
esac`,
  );
  sandbox.answer("ping", 'for last; do :; done; [ "$last" = 10.88.0.249 ]');
  sandbox.answer("timeout", 'shift; [ "$1" != bash ] || exit 1; exec "$@"');
  sandbox.answer("socat", "printf 'from AF=2 10.88.0.7:0\\n> x length=1\\n 21 33\\n'");
  sandbox.answer("getent", "echo '10.88.0.11 STREAM api.example.org'");
  sandbox.web.login();
  sandbox.web.api({
    [CONFIG_MAP]: {
      metadata: { name: "kubeadm-config" },
      data: {
        ClusterConfiguration: `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.37.2\n${configuration}`,
      },
    },
    [PODS]: {
      items: [
        { metadata: { name: "kube-apiserver-master1" }, spec: { nodeName: "master1" }, status: {} },
        { metadata: { name: "etcd-master1" }, spec: { nodeName: "master1" }, status: {} },
      ],
    },
    "/api/v1/nodes": {
      items: [
        node("worker1", ["10.88.0.21", "fd00:88::21"]),
        node("lost", []),
        node("master1", ["10.88.0.11"]),
      ],
    },
    ...Object.fromEntries(
      LISTS.map((path) => [
        `${path}?resourceVersion=0`,
        {
          kind: path.endsWith("daemonsets") ? "DaemonSetList" : "ConfigMapList",
          apiVersion: "v1",
          metadata: {},
          items: path.endsWith("configmaps")
            ? [
                {
                  metadata: { namespace: "kube-system", name: "services" },
                  data: { server: "https://10.88.0.11:6443" },
                },
              ]
            : [],
        },
      ]),
    ),
  });
  return sandbox;
}

const read = async (sandbox: Sandbox) => readFound(await masterOf(sandbox, FROM), FROM.text);

describe("readFound", () => {
  it("finds nodes, network, free addresses and router ids", async () => {
    using sandbox = master();
    expect(await read(sandbox)).toEqual({
      from: "admin@m1.example.org",
      kubernetesVersion: "v1.37.2",
      nodes: [
        { name: "master1", address: "10.88.0.11", isMaster: true },
        { name: "worker1", address: "10.88.0.21", secondAddress: "fd00:88::21", isMaster: false },
      ],
      withoutAddress: ["lost"],
      network: { interface: "eth0", prefixLength: 24 },
      free: [
        "10.88.0.247",
        "10.88.0.246",
        "10.88.0.245",
        "10.88.0.244",
        "10.88.0.243",
        "10.88.0.242",
        "10.88.0.241",
      ],
      routerIds: [51],
      etcd: "stacked",
      etcdServers: [],
      pinned: ["ConfigMap kube-system/services"],
      isCgroupV1Refused: expect.any(Boolean) as boolean,
      hasPatches: false,
    });
  });

  it("finds the endpoint that the cluster was created with, and where it leads to", async () => {
    using sandbox = master("controlPlaneEndpoint: api.example.org:6443\n");
    expect((await read(sandbox)).endpoint).toEqual({
      host: "api.example.org",
      port: 6443,
      addresses: ["10.88.0.11"],
      isInHostsFile: true,
    });
  });

  it("finds external etcd", async () => {
    using sandbox = master("etcd: { external: { endpoints: ['https://10.88.0.41:2379'] } }\n");
    expect(await read(sandbox)).toMatchObject({ etcd: "external", etcdServers: ["https://10.88.0.41:2379"] });
  });

  it("changes nothing", async () => {
    using sandbox = master();
    await read(sandbox);
    expect(sandbox.commands("kubectl", "kubeadm", "systemd-run")).toEqual([]);
    expect(sandbox.commands("systemctl").filter((line) => !line.includes(" is-active "))).toEqual([]);
    expect(
      sandbox.commands("ip").filter((line) => / (add|del|set|change|replace|flush) /.test(line)),
    ).toEqual([]);
  });

  it("says that a machine is no master", async () => {
    using sandbox = new Sandbox();
    await expect(masterOf(sandbox, FROM)).rejects.toMatchObject({
      message: "this is not a kubeadm master: it has no /etc/kubernetes/manifests/kube-apiserver.yaml",
      host: "admin@m1.example.org",
    });
  });
});

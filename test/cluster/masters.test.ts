import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { Fleet } from "../../src/machine/fleet.js";
import { members } from "../../src/inventory/targets.js";
import { masterStates } from "../../src/cluster/masters.js";
import { Sandbox } from "../machine/sandbox.js";
import { labInventory } from "../steps/inventory.js";
import { externalEtcd } from "../steps/recorded.js";

const MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml";
const CA = "/etc/kubernetes/pki/ca.crt";
/** The certificate of master2's kubelet, and its key. */
const KUBELET_CLIENT = execFileSync(
  "openssl",
  [
    ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout - -days 30 -subj".split(
      " ",
    ),
    "/O=system:nodes/CN=system:node:master2",
  ],
  { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
);

/** The cluster's data about a second master, and the files on its disk. */
interface Second {
  readonly member?: { readonly name?: string; readonly isLearner?: boolean };
  readonly node?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  /** Its own address, if the inventory lists it under another one. */
  readonly knownAs?: string;
  /** It has no `ip`. */
  readonly lacksIp?: true;
  /** The data directory of the cluster's etcd. */
  readonly dataDir?: string;
  /** Its apiserver is ready. */
  readonly isServing?: true;
  /** Its node is Ready. */
  readonly isReady?: true;
  /** Where etcd must run, if not on every master. */
  readonly etcd?: "external" | "first-master";
}

/** The state of the second of two masters. */
async function stateOf(what: Second) {
  const { member, node, files = {}, knownAs = "10.88.0.12", dataDir = "/var/lib/etcd", etcd } = what;
  using first = new Sandbox();
  using second = new Sandbox();
  first.file(CA, "this cluster's");
  first.file(MANIFEST, "");
  for (const [path, text] of Object.entries(files)) second.file(path, text);
  const nodeOf = (name: string, address: string, labels: readonly string[]) => ({
    metadata: {
      name,
      labels: Object.fromEntries(labels.map((label) => [`node-role.kubernetes.io/${label}`, ""])),
    },
    status: {
      addresses: [{ type: "InternalIP", address }],
      conditions: [{ type: "Ready", status: name === "master2" && what.isReady ? "True" : "False" }],
    },
  });
  const nodes = [
    nodeOf("master1", "10.88.0.11", ["master"]),
    ...(node === undefined ? [] : [nodeOf("master2", knownAs, node)]),
  ];
  first.web.etcd([
    { ID: "1", name: "master1", peerURLs: ["https://10.88.0.11:2380"] },
    ...(member === undefined ? [] : [{ ID: "2", peerURLs: [`https://${knownAs}:2380`], ...member }]),
  ]);
  const local = `kubernetesVersion: v1.20.2\netcd:\n  local:\n    dataDir: ${dataDir}\n`;
  const ClusterConfiguration = etcd === "external" ? externalEtcd(local) : local;
  first.web.api({
    "/api/v1/nodes": { items: nodes },
    "/api/v1/namespaces/kube-system/configmaps/kubeadm-config": { data: { ClusterConfiguration } },
  });
  if (what.isServing) second.web.api({ "/readyz": "ok" }, "10.88.0.12");
  if (what.lacksIp) second.answer("ip", "exit 127");
  else second.answer("ip", `echo "2: eth0    inet ${knownAs}/24 brd 10.88.0.255 scope global eth0"`);
  second.file("/var/lib/kubelet/pki/kubelet-client-current.pem", KUBELET_CLIENT);
  const inventory = labInventory(etcd === "first-master" ? { cluster: { etcd } } : {});
  const connections = members(inventory).map(
    ({ name }) => [name, name === "master1" ? first : second] as const,
  );
  const [own, other] = await masterStates(new Fleet(inventory, new Map(connections)).look());
  expect(own).toMatchObject({ name: "master1", state: "joined" });
  return other;
}

describe("the state of a master", () => {
  // Preflight check tools reports a missing `ip` beside all other blockers.
  it.each([{}, { lacksIp: true }] as const)("is absent on a clean machine: %j", async (what) => {
    expect(await stateOf(what)).toEqual({
      name: "master2",
      address: "10.88.0.12",
      state: "absent",
      found: [],
      isMember: false,
      lacksLabel: false,
      isClearable: false,
      node: null,
      runtimeSockets: [],
    });
  });

  it("is joined without the node's label, which a working master may lose", async () => {
    const state = await stateOf({
      member: { name: "master2" },
      node: [],
      files: { [MANIFEST]: "", [CA]: "this cluster's" },
    });
    expect(state).toMatchObject({ state: "joined", lacksLabel: true, isClearable: false });
  });

  it("is joined with the manifest, a voting member and the node's label", async () => {
    const state = await stateOf({
      member: { name: "master2" },
      node: ["control-plane"],
      files: { [MANIFEST]: "", [CA]: "this cluster's" },
    });
    expect(state).toMatchObject({ state: "joined", isMember: true, isClearable: false });
    expect(state?.found).toEqual([
      "kube-apiserver's manifest",
      "a voting etcd member",
      "a control-plane node",
    ]);
  });

  it.each<[string, Second, { found?: string[]; isMember: boolean; isClearable: boolean }]>([
    [
      "a join that failed before etcd had its member",
      { files: { "/etc/kubernetes/kubelet.conf": "", [CA]: "this cluster's" } },
      { isMember: false, isClearable: true },
    ],
    [
      "one that failed after it created manifests and node",
      { node: [], files: { [MANIFEST]: "", [CA]: "this cluster's" } },
      { isMember: false, isClearable: true },
    ],
    [
      "a worker of this cluster",
      { node: [], files: { "/etc/kubernetes/kubelet.conf": "", [CA]: "this cluster's" } },
      { isMember: false, isClearable: false },
    ],
    [
      "a master of another cluster",
      { files: { [MANIFEST]: "", "/etc/kubernetes/admin.conf": "", [CA]: "another one's" } },
      { isMember: false, isClearable: false },
    ],
    [
      "etcd's data without a cluster",
      { files: { "/var/lib/etcd/member/wal": "" } },
      { isMember: false, isClearable: false },
    ],
    [
      "etcd's data where this cluster's etcd has it",
      { dataDir: "/var/etcd", files: { "/var/etcd/member/wal": "", "/var/lib/etcd/member/wal": "" } },
      { found: ["/var/etcd/member"], isMember: false, isClearable: false },
    ],
    [
      "a member that was added and never started",
      { member: {}, files: { [MANIFEST]: "", [CA]: "this cluster's" } },
      {
        found: ["kube-apiserver's manifest", "an etcd member that never started"],
        isMember: true,
        isClearable: true,
      },
    ],
    [
      "a member that was added and never started, on a machine that has nothing",
      { member: {} },
      { found: ["an etcd member that never started"], isMember: true, isClearable: true },
    ],
    [
      "a member that was added and never started, on a machine of another cluster",
      { member: {}, files: { [CA]: "another one's" } },
      { isMember: true, isClearable: false },
    ],
    [
      "a learner",
      {
        member: { name: "master2", isLearner: true },
        node: ["master"],
        files: { [MANIFEST]: "", [CA]: "this cluster's" },
      },
      {
        found: ["kube-apiserver's manifest", "a control-plane node", "an etcd learner"],
        isMember: true,
        isClearable: true,
      },
    ],
    [
      "a voting member whose node was deleted",
      { member: { name: "master2" }, files: { [MANIFEST]: "", [CA]: "this cluster's" } },
      { isMember: true, isClearable: false },
    ],
    [
      "a voting member whose manifest was moved",
      { member: { name: "master2" }, node: ["control-plane"], files: { [CA]: "this cluster's" } },
      { isMember: true, isClearable: false },
    ],
    [
      "a machine whose apiserver is ready",
      { files: { [MANIFEST]: "", [CA]: "this cluster's" }, isServing: true },
      { isMember: false, isClearable: false },
    ],
    [
      "a Ready node with the label, without a member",
      { node: ["control-plane"], isReady: true, files: { [MANIFEST]: "", [CA]: "this cluster's" } },
      { isMember: false, isClearable: false },
    ],
    [
      "a voting member on a machine that kubeadm did not join",
      { member: { name: "master2" } },
      { isMember: true, isClearable: false },
    ],
    [
      "one that has left etcd, and whose node still exists",
      { node: ["master"], files: { "/etc/kubernetes/manifests/etcd.yaml": "", [CA]: "this cluster's" } },
      { isMember: false, isClearable: true },
    ],
    ["a node that is only an entry in the cluster", { node: [] }, { isMember: false, isClearable: false }],
  ])("is partial with %s", async (_, second, expected) => {
    expect(await stateOf(second)).toMatchObject({ state: "partial", ...expected });
  });

  it.each([
    ["a voter", { member: { name: "master2" } }],
    ["a worker", { node: [] }],
  ])("is not clearable as %s that the cluster lists under another address", async (_, what) => {
    const files = { [CA]: "this cluster's", "/etc/kubernetes/kubelet.conf": "" };
    const state = await stateOf({ ...what, files, knownAs: "10.0.0.12" });
    expect(state).toMatchObject({ state: "partial", isClearable: false });
  });

  const whole = { node: ["control-plane"], files: { [MANIFEST]: "", [CA]: "this cluster's" } };
  const parts = ["kube-apiserver's manifest", "a control-plane node"];

  describe.each(["external", "first-master"] as const)("whose etcd is %s", (etcd) => {
    it("is joined without a member", async () => {
      const state = await stateOf({ etcd, ...whole });
      expect(state).toMatchObject({ state: "joined", found: parts, isMember: false, isClearable: false });
    });

    it("is partial without a node, and cleared", async () => {
      const state = await stateOf({ etcd, files: whole.files });
      expect(state).toMatchObject({ state: "partial", isMember: false, isClearable: true });
    });
  });

  it("is never cleared if a member of an external etcd runs, or its manifest exists", async () => {
    const rest = { etcd: "external", files: whole.files } as const;
    const listed = await stateOf({ ...rest, member: { name: "etcd2" } });
    expect(listed).toMatchObject({ state: "partial", isMember: false, isClearable: false });
    const files = { ...whole.files, "/etc/kubernetes/manifests/etcd.yaml": "" };
    expect(await stateOf({ ...rest, files })).toMatchObject({ state: "partial", isClearable: false });
  });

  it("is absent despite the data of an external etcd", async () => {
    const state = await stateOf({ etcd: "external", files: { "/var/lib/etcd/member/wal": "" } });
    expect(state).toMatchObject({ state: "absent", found: [], isClearable: false });
  });

  it("is joined with its member if it joined before etcd was limited to the first master", async () => {
    const state = await stateOf({ etcd: "first-master", ...whole, member: { name: "master2" } });
    expect(state).toMatchObject({ state: "joined", isMember: true, isClearable: false });
  });

  it("is cleared with the member that a join added before etcd was limited to the first master", async () => {
    const state = await stateOf({ etcd: "first-master", files: whole.files, member: {} });
    const found = [parts[0], "an etcd member that never started"];
    expect(state).toMatchObject({ state: "partial", found, isMember: true, isClearable: true });
  });
});

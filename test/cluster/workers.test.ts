import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { members } from "../../src/inventory/targets.js";
import { Fleet } from "../../src/machine/fleet.js";
import { workerStates, type WorkerState } from "../../src/cluster/workers.js";
import { obstacle } from "../../src/steps/workers/obstacle.js";
import { Sandbox } from "../machine/sandbox.js";
import { labInventory } from "../steps/inventory.js";

const CA = "/etc/kubernetes/pki/ca.crt";
const KUBELET_CONF = "/etc/kubernetes/kubelet.conf";
const OURS = { [CA]: "this cluster's" };
const SELF_SIGNED =
  "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout - -days 30 -subj";
/** The certificate of the kubelet that worker1 had, and its key. */
const KUBELET_CLIENT = execFileSync(
  "openssl",
  [...SELF_SIGNED.split(" "), "/O=system:nodes/CN=system:node:worker1"],
  { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
);

/** The cluster's data about the worker, and the files on its disk. */
interface Machine {
  /** The address of the cluster's node with its name. */
  readonly node?: string;
  readonly isReady?: boolean;
  readonly files?: Readonly<Record<string, string>>;
}

async function stateOf({ node, isReady = true, files = {} }: Machine): Promise<WorkerState | undefined> {
  using first = new Sandbox();
  using worker = new Sandbox();
  first.file(CA, "this cluster's");
  for (const [path, text] of Object.entries(files)) worker.file(path, text);
  const conditions = [{ type: "Ready", status: isReady ? "True" : "Unknown" }];
  const items =
    node === undefined
      ? []
      : [
          {
            metadata: { name: "worker1" },
            status: { conditions, addresses: [{ type: "InternalIP", address: node }] },
          },
        ];
  first.web.api({ "/api/v1/nodes": { items } });
  const inventory = labInventory();
  const connections = members(inventory).map(
    ({ name }) => [name, name === "worker1" ? worker : first] as const,
  );
  const [state] = await workerStates(new Fleet(inventory, new Map(connections)).look());
  return state;
}

describe("the state of a worker", () => {
  it("is absent on a clean machine", async () => {
    expect(await stateOf({})).toEqual({
      name: "worker1",
      address: "10.88.0.21",
      state: "absent",
      found: [],
      isClearable: false,
      elsewhere: null,
      isEmptied: false,
      runtimeSockets: [],
    });
  });

  it("is joined if the cluster has its node under any name", async () => {
    const state = await stateOf({ node: "10.88.0.21", files: { [KUBELET_CONF]: "", ...OURS } });
    expect(state).toMatchObject({ state: "joined", isClearable: false, isEmptied: false });
    expect(state && obstacle(state)).toBeUndefined();
  });

  it("is joined with a non-default kubeconfig too, if its node is Ready", async () => {
    expect(await stateOf({ node: "10.88.0.21" })).toMatchObject({ state: "joined", isEmptied: false });
    const silent = await stateOf({ node: "10.88.0.21", isReady: false, files: { [KUBELET_CONF]: "" } });
    expect(silent).toMatchObject({ state: "joined", isEmptied: false });
  });

  it.each<[string, Machine]>([
    ["a join that was interrupted before its kubelet had a certificate", { files: OURS }],
    ["one whose node was deleted", { files: { [KUBELET_CONF]: "", ...OURS } }],
  ])("is clearable after %s", async (_, machine) => {
    const state = await stateOf(machine);
    expect(state).toMatchObject({ state: "partial", isClearable: true });
    expect(state && obstacle(state)).toBeUndefined();
  });

  it.each<[string, Machine, Partial<WorkerState>]>([
    ["another cluster's node", { files: { [CA]: "another's" } }, { state: "partial" }],
    ["a node of an unknown cluster", { files: { [KUBELET_CONF]: "" } }, { state: "partial" }],
    [
      "a master of this cluster",
      { files: { "/etc/kubernetes/manifests/etcd.yaml": "", ...OURS } },
      { found: [CA, "etcd's manifest"] },
    ],
    [
      "a node that the cluster lists under another address",
      {
        node: "192.168.7.21",
        files: { ...OURS, "/var/lib/kubelet/pki/kubelet-client-current.pem": KUBELET_CLIENT },
      },
      { elsewhere: "worker1" },
    ],
    ["a node that was reinstalled", { node: "10.88.0.21", isReady: false }, { isEmptied: true }],
  ])("is a blocker on %s", async (_, machine, expected) => {
    const state = await stateOf(machine);
    expect(state).toMatchObject({ isClearable: false, ...expected });
    expect(state && obstacle(state)).toMatchObject({ severity: "blocker", host: "worker1" });
  });
});

import { describe, expect, it } from "vitest";
import { members } from "../../../src/inventory/targets.js";
import { Fleet } from "../../../src/machine/fleet.js";
import { startMember } from "../../../src/steps/control-plane/start-member.js";
import { Sandbox } from "../../machine/sandbox.js";
import { labInventory } from "../inventory.js";
import { NOTHING, planOf } from "../recorded.js";

const MANIFEST = "/etc/kubernetes/manifests/etcd.yaml";
const CA = "/etc/kubernetes/pki/ca.crt";
const ETCD =
  "spec:\n  containers:\n  - command:\n    - etcd\n    - --data-dir=/var/etcd\n    - --name=master1\n";
/** The files that kubeadm creates before it adds a member. */
const MADE = [
  CA,
  ...["ca.crt", "peer.crt", "peer.key", "server.crt", "server.key"].map(
    (name) => `/etc/kubernetes/pki/etcd/${name}`,
  ),
  "/etc/kubernetes/kubelet.conf",
  "/etc/kubernetes/manifests/kube-apiserver.yaml",
];

interface Situation {
  readonly peers?: readonly string[];
  readonly isOurs?: boolean;
  readonly files?: readonly string[];
}

/** A plan while etcd on master1 cannot reach its peers: the join of master2 was interrupted before etcd's manifest. */
function planned({ peers = ["10.88.0.12"], isOurs = true, files = MADE }: Situation) {
  const facts = { manifest: ETCD, peers, others: [{ name: "master2", isOurs, files }] };
  return { ...NOTHING, ...startMember.plan(facts, labInventory()) };
}

describe("start-member", () => {
  it("plans nothing while the API answers, or if etcd has quorum", () => {
    expect(planOf(startMember, "fresh")).toEqual(NOTHING);
    expect(planned({ peers: [] })).toEqual(NOTHING);
  });

  it("writes etcd's manifest if the join was interrupted before that", () => {
    const { changes, problems } = planned({});
    const file = {
      kind: "file",
      host: "master2",
      path: MANIFEST,
      mode: "0600",
      owner: "root:root",
      before: null,
    };
    expect(changes).toMatchObject([file]);
    expect(changes).toMatchObject([
      { content: expect.stringContaining("--initial-cluster-state=existing") as string },
    ]);
    expect(problems).toMatchObject([{ severity: "warning", fix: "after this run, continue with --resume" }]);
  });

  it.each<[string, Situation, RegExp]>([
    [
      "has its manifest, but etcd does not start",
      { files: [...MADE, MANIFEST] },
      /member on master2 does not answer$/,
    ],
    ["has run before", { files: [...MADE, "/var/etcd/member"] }, /member on master2 does not answer$/],
    [
      "lacks a file that etcd needs",
      { files: MADE.slice(1) },
      /master2 cannot start its member because it lacks \/etc\/kubernetes\/pki\/ca\.crt$/,
    ],
    ["belongs to another cluster", { isOurs: false }, /it lacks this cluster's CA$/],
  ])("reports a blocker with a fix if the machine %s", (_, situation, what) => {
    const { changes, problems } = planned(situation);
    expect(changes).toEqual([]);
    expect(problems).toMatchObject([{ severity: "blocker", host: "master2" }]);
    expect(problems[0]?.what).toMatch(
      /^etcd on master1 has no quorum because it cannot reach 10\.88\.0\.12: /,
    );
    expect(problems[0]?.what).toMatch(what);
    expect(problems[0]?.fix).toMatch(
      /^that member must start, because removing it needs quorum too\. On master2: journalctl/,
    );
  });

  it.each([[["10.88.0.12", "10.88.0.13"]], [["192.168.7.1"]]])(
    "decides nothing about the peers %j",
    (peers) => {
      const { changes, problems } = planned({ peers });
      expect(changes).toEqual([]);
      expect(problems).toMatchObject([{ severity: "blocker", host: "master1" }]);
      expect(problems[0]?.what).toContain(peers.join(", "));
    },
  );

  it("reads etcd's log and the machines' files, without using the API", async () => {
    using first = new Sandbox();
    using second = new Sandbox();
    const lines = ["12", "12"].map(
      (end) => `could not connect: dial tcp 10.88.0.${end}:2380: connect: connection refused`,
    );
    first.file("/log", [...lines, ""].join("\n"));
    first.answer("crictl", 'case "$*" in *" ps "*) echo 4f2a ;; *logs*) cat "$SANDBOX/log" >&2 ;; esac');
    first.file(MANIFEST, ETCD);
    first.file(CA, "this cluster's");
    second.file(CA, "this cluster's");
    second.file("/var/etcd/member/wal", "");
    const inventory = labInventory();
    const connections = members(inventory).map(
      ({ name }) => [name, name === "master2" ? second : first] as const,
    );
    expect(await startMember.probe(new Fleet(inventory, new Map(connections)).look())).toEqual({
      manifest: ETCD,
      peers: ["10.88.0.12"],
      others: [
        { name: "master2", isOurs: true, files: [CA, "/var/etcd/member"] },
        { name: "master3", isOurs: true, files: [CA, MANIFEST] },
      ],
    });
  });
});

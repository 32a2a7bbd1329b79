import { describe, expect, it } from "vitest";
import { parseCounts } from "../../src/cluster/contents.js";
import { baseline, comparison } from "../../src/migration/baseline.js";
import { Sandbox } from "../machine/sandbox.js";

const list = (count: number, resourceVersion: string) =>
  JSON.stringify({
    metadata: { resourceVersion, ...(count > 1 && { remainingItemCount: count - 1 }) },
    items: count > 0 ? [{ metadata: { name: "x" } }] : null,
  });

it("counts the objects of limited lists, of every kind", () => {
  const lists = [list(4, "812"), ...Array.from({ length: 5 }, () => list(1, "813")), list(0, "813")];
  const { objects, revision } = parseCounts(`${lists.join("\n\n")}\n`);
  expect(revision).toBe(812);
  expect(Object.values(objects)).toEqual([4, 1, 1, 1, 1, 1, 0]);
  expect(() => parseCounts(list(4, "812"))).toThrow("did not count every kind");
});

interface Found {
  /** The name of a node that is not Ready. */
  readonly notReady?: string;
  /** What the node of worker1 has, by its name. */
  readonly onWorker?: readonly object[];
  readonly revision: string;
  readonly count: number;
  readonly pods: readonly string[];
  readonly workloads: readonly string[];
}

/** A cluster whose API and kubectl answer with this. */
function cluster({ revision, count, pods, workloads, notReady = "", onWorker = [] }: Found): Sandbox {
  const sandbox = new Sandbox();
  const node = (name: string, address: string) => ({
    metadata: { name },
    status: {
      conditions: [{ type: "Ready", status: name === notReady ? "Unknown" : "True" }],
      addresses: [{ type: "InternalIP", address }],
    },
  });
  const nodes = { items: [node("node1", "10.88.0.11"), node("node9", "10.88.0.21")] };
  sandbox.answer("awk", "echo client-certificate-data Y2VydA==; echo client-key-data a2V5");
  const api = (answer: object) =>
    `while [ "$1" != -w ]; do shift; done; echo '${JSON.stringify(answer)}'; printf %s "$2" | sed 's/%{http_code}/200/'`;
  sandbox.answer(
    "curl",
    `cat >/dev/null; case "$*" in
*/api/v1/nodes) ${api(nodes)} ;;
*spec.nodeName*node9) ${api({ items: onWorker })} ;;
*) echo '${list(count, revision)}' ;;
esac`,
  );
  const rows = (lines: readonly string[]) => `printf '%b' '${lines.map((line) => `${line}\\n`).join("")}'`;
  sandbox.answer("kubectl", `case "$*" in *" pods "*) ${rows(pods)} ;; *) ${rows(workloads)} ;; esac`);
  return sandbox;
}

const good: Found = {
  revision: "900",
  count: 5,
  pods: [
    "u1\\tdefault/a\\tTrue\\tRunning\\t",
    "u2\\tdefault/job\\tTrue\\tRunning\\t",
    "u3\\tdefault/b\\tFalse\\tRunning\\t",
  ],
  workloads: ["Deployment default/web\\t3\\t3", "DaemonSet kube-system/kube-proxy\\t2\\t2"],
};

describe("the comparison with what the cluster had before", () => {
  const failed = async (after: Partial<Found>) => {
    using sandbox = cluster(good);
    const before = await baseline(sandbox.fleet().look());
    using later = cluster({ ...good, ...after });
    const checks = await comparison(later.fleet().look(), before);
    expect(checks).toHaveLength(4);
    return checks.filter(({ ok }) => !ok).map(({ what, actual }) => `${what}: ${actual}`);
  };

  it("finds nothing in an unchanged cluster, or one that grew", async () => {
    expect(await failed({})).toEqual([]);
    expect(await failed({ revision: "901", count: 6 })).toEqual([]);
  });

  it("finds lost objects and a lower revision", async () => {
    expect(await failed({ revision: "899" })).toEqual([
      "revision of etcd since the run started: 899, before 900",
    ]);
    expect((await failed({ count: 4 })).join()).toContain("namespaces: 4, before 5");
  });

  it("finds pods and workloads that are no longer ready", async () => {
    const [, job = "", b = ""] = good.pods;
    expect(await failed({ pods: ["u1\\tdefault/a\\tFalse\\tRunning\\t", job, b] })).toEqual([
      "pods without a controller that were Ready before the run and are not now: default/a",
    ]);
    expect(await failed({ workloads: ["Deployment default/web\\t3\\t2"] })).toEqual([
      "workloads with fewer ready pods than before the run: Deployment default/web: 2 of 3",
    ]);
  });

  it("ignores pods on a lost host, and on nodes that were not Ready before", async () => {
    const owned = (kind: string, name: string) => ({
      metadata: { namespace: "default", name: "x", ownerReferences: [{ kind, name }] },
      status: {},
    });
    const after = {
      notReady: "node9",
      onWorker: [
        owned("ReplicaSet", "web-5d8f"),
        { metadata: { namespace: "default", name: "a", uid: "u1" }, status: {} },
      ],
      pods: ["u1\\tdefault/a\\tFalse\\tRunning\\t"],
      workloads: ["Deployment default/web\\t3\\t2"],
    };
    expect((await failed(after)).join()).toContain("default/web: 2 of 3");
    using later = cluster({ ...good, ...after });
    using former = cluster(good);
    const before = await baseline(former.fleet().look());
    expect(before.notReadyNodes).toEqual([]);
    const without = later.fleet().without(["worker1"]).look();
    expect((await comparison(without, before)).filter(({ ok }) => !ok)).toEqual([]);
    const known = { ...before, notReadyNodes: (await baseline(later.fleet().look())).notReadyNodes ?? [] };
    expect(known.notReadyNodes).toEqual(["node9"]);
    expect((await comparison(later.fleet().look(), known)).filter(({ ok }) => !ok)).toEqual([]);
    // A second pod that is gone is not explained by the host.
    using worse = cluster({ ...good, ...after, workloads: ["Deployment default/web\\t3\\t1"] });
    const checks = await comparison(worse.fleet().without(["worker1"]).look(), before);
    expect(checks.filter(({ ok }) => !ok).map(({ actual }) => actual)).toEqual([
      "Deployment default/web: 1 of 2",
    ]);
  });

  it("ignores what was not ready, has completed, is being deleted, or was scaled down", async () => {
    const pods = [
      "u1\\tdefault/a\\tFalse\\tRunning\\t2026-11-30T10:00:00Z",
      "u2\\tdefault/job\\tFalse\\tSucceeded\\t",
      "u3\\tdefault/b\\tFalse\\tRunning\\t",
    ];
    expect(await failed({ pods, workloads: ["Deployment default/web\\t2\\t2"] })).toEqual([]);
  });
});

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
  readonly revision: string;
  readonly count: number;
  readonly pods: readonly string[];
  readonly workloads: readonly string[];
}

/** A cluster whose API and kubectl answer with this. */
function cluster({ revision, count, pods, workloads }: Found): Sandbox {
  const sandbox = new Sandbox();
  sandbox.answer("awk", "echo client-certificate-data Y2VydA==; echo client-key-data a2V5");
  sandbox.answer("curl", `cat >/dev/null; echo '${list(count, revision)}'`);
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

  it("ignores what was not ready, has completed, is being deleted, or was scaled down", async () => {
    const pods = [
      "u1\\tdefault/a\\tFalse\\tRunning\\t2026-11-30T10:00:00Z",
      "u2\\tdefault/job\\tFalse\\tSucceeded\\t",
      "u3\\tdefault/b\\tFalse\\tRunning\\t",
    ];
    expect(await failed({ pods, workloads: ["Deployment default/web\\t2\\t2"] })).toEqual([]);
  });
});

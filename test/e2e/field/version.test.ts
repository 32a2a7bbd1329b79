import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Availability } from "../../../src/engine/availability.js";
import { GapCounter } from "../../../src/migration/availability.js";
import type { RunReport } from "../../../src/engine/report.js";
import { Lab } from "../../lab/lab.js";
import type { Outage, VersionRow } from "../../versions-table.js";
import { beginAt, type Beginning } from "../beginning.js";
import {
  expectHighlyAvailable,
  expectMigration,
  expectNothingToDo,
  expectToServe,
  expectToServeWithout,
  holdersOf,
  kubectl,
  uids,
} from "../cluster.js";
import { expectRollback } from "../ending.js";

const VIP = "10.88.0.100";
const MAP = `https://${VIP}:6443/api/v1/namespaces/default/configmaps/outage`;
/** Arguments of curl. Reads are answered by any apiserver, writes need etcd's leader. */
const READ = `https://${VIP}:6443/readyz`;
const WRITE = `-X PATCH -H 'Content-Type: application/merge-patch+json' -d "{\\"data\\":{\\"at\\":\\"$(date +%s%3N)\\"}}" ${MAP}`;

/**
 * What every version of Kubernetes must pass: K8S_HA_LAB_KUBERNETES selects the version, the newest by default. The
 * measurements go to the file K8S_HA_VERSION_ROW; see `npm run test:field -- --kubernetes VERSION…`.
 */
describe("a migration with the defaults, and its rollback", () => {
  const lab = new Lab();
  const row: { -readonly [key in keyof VersionRow]?: VersionRow[key] } = {};
  let start: Beginning;

  beforeAll(async () => {
    start = await beginAt(lab, "default");
    const { release } = await lab.status();
    const etcd = "get pod etcd-master1 -o jsonpath='{.spec.containers[0].image}'";
    row.kubernetes = release?.kubernetes ?? "";
    row.debian = release?.debian ?? "";
    row.etcd = (await kubectl(lab, `-n kube-system ${etcd}`)).replace(/.*:/, "");
  });

  afterAll(() => {
    const file = process.env["K8S_HA_VERSION_ROW"];
    if (file !== undefined) writeFileSync(file, JSON.stringify(row));
  });

  it("results in three masters behind the VIP", async () => {
    await expectMigration(start.program);
    await expectHighlyAvailable(lab, VIP);
    expect(await uids(lab)).toBe(start.objects);
    const { seconds, availability } = reported("run-done");
    expect(availability.map(({ requests }) => requests)).toEqual(["reads", "writes", "reads", "writes"]);
    row.migrate = seconds;
    row.probes = availability.map(briefly);
  });

  it("changes nothing in a second run, and every check passes", async () => {
    await expectNothingToDo(start.program);
    row.again = true;
  });

  it("serves without the first master", async () => {
    await kubectl(lab, "create configmap outage");
    await Promise.all([credential("certificate"), credential("key")]);
    const outage = await outageWhile(() => lab.powerOff("master1"));
    await expectToServe(lab, `${VIP}:6443`);
    await lab.powerOn("master1");
    await expectToServe(lab, "10.88.0.11:6443");
    await kubectl(lab, "wait --for=condition=Ready nodes --all --timeout=120s");
    row.withoutMaster = outage;
  });

  it("serves without the load balancer that has the VIP", async () => {
    const [holder = ""] = await holdersOf(lab, VIP);
    const outage = await outageWhile(() => lab.powerOff(holder));
    await expectToServe(lab, `${VIP}:6443`);
    await lab.powerOn(holder);
    await kubectl(lab, "delete configmap outage");
    row.withoutHolder = outage;
  });

  it("serves without another master", async () => {
    await expectToServeWithout(lab, "master2", `${VIP}:6443`);
  });

  it("rolls back byte for byte", async () => {
    await expectRollback(lab, start);
    expect(await uids(lab)).toBe(start.objects);
    const { seconds, availability } = reported("rolled-back");
    row.rollback = seconds;
    row.rollbackProbes = availability.map(briefly);
  });

  /** What the last run of that kind wrote to its journal. */
  function reported(type: string): RunReport {
    const line = start.program
      .journal()
      .split("\n")
      .findLast((text) => text.includes(`"type":"${type}"`));
    return (JSON.parse(line ?? "{}") as { report: RunReport }).report;
  }

  /** The VIP's longest outage from shortly before an action until 30 s later, with about ten requests of each kind a second. */
  async function outageWhile(action: () => Promise<unknown>): Promise<Outage> {
    const asking = Promise.all([requests(READ), requests(WRITE)]);
    await action();
    const [reads, writes] = await asking;
    return { reads, writes };
  }

  /** Writes this part of the administrator's credentials to a file for curl. */
  async function credential(part: "certificate" | "key"): Promise<void> {
    const path = `{.users[0].user.client-${part}-data}`;
    const text = await kubectl(lab, `config view --raw --minify -o jsonpath='${path}'`);
    writeFileSync(`${start.program.folder}/admin.${part}`, Buffer.from(text, "base64"), { mode: 0o600 });
  }

  /** The longest time without success among requests for 30 s, in seconds; `what` are curl's arguments. */
  async function requests(what: string): Promise<number> {
    const folder = start.program.folder;
    const ask = `curl -sk -o /dev/null -w '%{http_code}' --cert ${folder}/admin.certificate --key ${folder}/admin.key --max-time 1 ${what}`;
    const script = `end=$(($(date +%s) + 30)); while [ $(date +%s) -lt $end ]; do echo "$(date +%s%3N) $(${ask})"; sleep 0.1; done`;
    const gaps = new GapCounter();
    for (const line of (await lab.exec(["sh", "-c", script])).stdout.trim().split("\n")) {
      const [at, status] = line.split(" ");
      gaps.add(Number(at), status === "200");
    }
    return gaps.result().longestGapMs / 1000;
  }
});

function briefly({ failed, asked, longestGapMs }: Availability): string {
  return failed === 0 ? `0 of ${asked}` : `${failed} of ${asked}, ${(longestGapMs / 1000).toFixed(1)} s`;
}

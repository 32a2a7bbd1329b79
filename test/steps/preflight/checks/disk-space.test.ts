import { describe, expect, it } from "vitest";
import { blocker } from "../../../../src/steps/preflight/check.js";
import { diskSpace } from "../../../../src/steps/preflight/checks/disk-space.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { labInventory, type Overrides } from "../../inventory.js";
import { problemsOf } from "../../recorded.js";
import { looking, servesFreshCluster, unreachable } from "../looking.js";

const BACKUPS = "/var/backups/k8s-ha";
const onRoot = (paths: readonly string[], freeMiB: number) =>
  paths.map((path) => ({ path, mount: "/", freeMiB }));
const host = (freeMiB: number, more: object = {}) => ({
  space: onRoot(["/var", "/etc", "/run", BACKUPS], freeMiB),
  earlier: { count: 0, mib: 0 },
  ...more,
});
const problems = (name: string, found: object, overrides: Overrides = {}) =>
  diskSpace.problems(
    { found: new Map([[name, found as ReturnType<typeof host>]]), failures: [] },
    labInventory(overrides),
  );

describe("check disk-space", () => {
  it("accepts the recorded hosts", () => {
    expect(problemsOf(diskSpace, "fresh")).toEqual([]);
  });

  it.each([
    ["master3", 2079, 2080],
    ["lb1", 287, 288],
    ["worker1", 95, 96],
  ])("reports a full disk of %s", (name, free, needed) => {
    expect(problems(name, host(free))).toEqual([
      blocker(
        name,
        `only ${free} MiB are free on / (for /var, /etc, /run, ${BACKUPS})`,
        `free disk space there: ${needed} MiB are required`,
      ),
    ]);
    expect(problems(name, host(needed))).toEqual([]);
  });

  it("requires a master's space of a load balancer that is one", () => {
    const loadBalancers = ["master1", "master2", "master3"].map((master) => ({ master }));
    expect(problems("lb1", host(400))).toEqual([]);
    expect(problems("master2", host(400), { loadBalancers })).toMatchObject([
      { host: "master2", fix: "free disk space there: 2080 MiB are required" },
    ]);
  });

  it("adds up what a run writes to each file system", () => {
    const space = [
      { path: "/var", mount: "/", freeMiB: 5000 },
      { path: "/etc", mount: "/", freeMiB: 5000 },
      { path: "/run", mount: "/run", freeMiB: 7 },
      { path: BACKUPS, mount: "/backups", freeMiB: 115 },
      { path: "/data/etcd", mount: "/data", freeMiB: 149 },
    ];
    const earlier = { count: 1, mib: 300 };
    const etcd = { dataDir: "/data/etcd", mib: 100 };
    expect(problems("master1", { space, earlier, etcd })).toEqual([
      blocker(
        "master1",
        "only 7 MiB are free on /run (for /run)",
        "free disk space there: 8 MiB are required",
      ),
      blocker(
        "master1",
        `only 115 MiB are free on /backups (for ${BACKUPS})`,
        `free disk space there: 116 MiB are required; 1 earlier backup uses 300 MiB in ${BACKUPS}`,
      ),
      blocker(
        "master1",
        "only 149 MiB are free on /data (for /data/etcd)",
        "free disk space there: 150 MiB are required",
      ),
    ]);
  });

  it("does not count a snapshot twice that is moved on one file system", () => {
    const found = {
      ...host(0),
      space: onRoot(["/var", "/etc", "/run", BACKUPS, "/var/lib/etcd"], 2080 + 150 - 1),
      etcd: { dataDir: "/var/lib/etcd", mib: 100 },
    };
    expect(problems("master1", found)).toMatchObject([
      { fix: "free disk space there: 2230 MiB are required" },
    ]);
  });

  it("reports a file system with too few inodes, if it has a fixed number of them", () => {
    const space = (root: object, data: object) => [
      ...onRoot(["/var", "/etc", "/run", BACKUPS], 5000).map((one) => ({ ...one, ...root })),
      { path: "/data/etcd", mount: "/data", freeMiB: 5000, ...data },
    ];
    expect(problems("master3", { ...host(0), space: space({}, { freeInodes: 100 }) })).toEqual([]);
    expect(
      problems("master3", { ...host(0), space: space({ freeInodes: 4999 }, { freeInodes: 99 }) }),
    ).toEqual([
      blocker(
        "master3",
        `only 4999 inodes are free on / (for /var, /etc, /run, ${BACKUPS})`,
        "remove files there (df -i /): 5000 free inodes are required",
      ),
      blocker(
        "master3",
        "only 99 inodes are free on /data (for /data/etcd)",
        "remove files there (df -i /data): 100 free inodes are required",
      ),
    ]);
    expect(problems("lb1", { ...host(5000), space: space({ freeInodes: 1000 }, {}) })).toEqual([]);
    expect(problems("lb1", { ...host(5000), space: space({ freeInodes: 999 }, {}) })).toHaveLength(1);
  });

  it("requires space for the database that a new member receives", () => {
    const space = onRoot(["/var", "/etc", "/run", BACKUPS, "/var/lib/etcd"], 2080 + 1500 - 1);
    const arriving = { dataDir: "/var/lib/etcd", mib: 1000 };
    expect(problems("master2", { ...host(0), space, arriving })).toMatchObject([
      { host: "master2", fix: "free disk space there: 3580 MiB are required" },
    ]);
  });

  it("reports many earlier backups, even with enough space", () => {
    expect(problems("worker1", host(5000, { earlier: { count: 4, mib: 9 } }))).toEqual([]);
    expect(problems("worker1", host(5000, { earlier: { count: 5, mib: 9 } }))).toEqual([
      {
        severity: "warning",
        host: "worker1",
        what: `5 earlier backups use 9 MiB in ${BACKUPS}`,
        fix: `remove those that are no longer needed: ls -d ${BACKUPS}/*`,
      },
    ]);
  });

  it("checks the directory for copies on the operator's machine", () => {
    const backup = { operatorCopy: "plain", operatorDirectory: "/copies" };
    const own = { space: onRoot(["/copies"], 95), earlier: { count: 0, mib: 0 } };
    expect(problems("operator", own, { backup })).toEqual([
      blocker(
        "operator",
        "only 95 MiB are free on / (for /copies)",
        "free disk space there: 96 MiB are required",
      ),
    ]);
  });

  it("reads each machine, and reports those that cannot be read", async () => {
    using sandbox = new Sandbox();
    servesFreshCluster(sandbox);
    sandbox.answer("df", `[ "$1" = -i ] || echo "/dev/a 100 23 77 23% /"`);
    sandbox.file(`${BACKUPS}/20261130-1/files.tar.gz`, "x");
    sandbox.file("/var/lib/etcd/member/snap/db", "y".repeat(2 ** 20 + 1));
    const facts = await diskSpace.probe(looking(sandbox, { lb2: unreachable("lb2") }));
    expect(facts.found.size).toBe(5);
    expect(facts.found.get("worker1")).toEqual({
      ...host(77),
      earlier: { count: 1, mib: expect.any(Number) as number },
    });
    const database = { dataDir: "/var/lib/etcd", mib: 2 };
    expect(facts.found.get("master1")).toMatchObject({ etcd: database });
    expect(facts.found.get("master1")).not.toHaveProperty("arriving");
    expect(facts.found.get("master2")).not.toHaveProperty("etcd");
    expect(new Set(diskSpace.problems(facts, sandbox.inventory).map((problem) => problem.host))).toEqual(
      new Set(["lb2", "master1", "master2", "master3", "lb1", "worker1"]),
    );
  });
});

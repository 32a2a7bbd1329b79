import { describe, expect, it } from "vitest";
import { largeDatabase } from "../../../src/steps/control-plane/large-database.js";
import { joinOf } from "../../changes/joining.js";

const MB = 1e6;
const problems = (kubernetesVersion: string, databaseBytes: number, members = 2) =>
  largeDatabase({ ...joinOf("master2", members), kubernetesVersion, estimate: { databaseBytes } });

describe("a large etcd database", () => {
  it("is no problem if its size is unknown", () => {
    expect(largeDatabase(joinOf("master2", 2))).toEqual([]);
  });

  it("is a warning if a learner may not catch up within kubeadm's limit", () => {
    expect(problems("v1.30.14", 200 * MB)).toEqual([]);
    expect(problems("v1.30.14", 500 * MB)).toMatchObject([
      {
        severity: "warning",
        host: "master2",
        what: "the new etcd member must receive a database of 477 MiB within 120 s, kubeadm's limit: over a link slower than 34 Mbit/s the join fails",
      },
    ]);
    expect(problems("v1.30.14", 500 * MB, 3)).toHaveLength(1);
  });

  it.each([50, 500, 2000, 8000])("of %d MB is none from 1.31 on, where k8s-ha extends the limit", (size) => {
    expect(problems("v1.31.14", size * MB)).toEqual([]);
    expect(problems("v1.37.2", size * MB)).toEqual([]);
  });

  it("is a warning if a member that votes at once would interrupt etcd for too long", () => {
    expect(problems("v1.20.2", 500 * MB)).toEqual([]);
    expect(problems("v1.20.2", 1000 * MB)).toMatchObject([
      {
        severity: "warning",
        what: "etcd and the API are unavailable for about 85 s while the second etcd member receives the database: 954 MiB at 100 Mbit/s; after 80 s the kubelet restarts what is unhealthy, and the transfer may never end",
      },
    ]);
    expect(problems("v1.20.2", 1000 * MB, 3)).toEqual([]);
  });
});

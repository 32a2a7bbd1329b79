import { describe, expect, it } from "vitest";
import type { FeatureStage } from "../../../src/cluster/apiserver-metrics.js";
import type { DoctorCheck } from "../../../src/doctor/check.js";
import { certificateDates } from "../../../src/doctor/checks/certificate-dates.js";
import { deadServersCheck } from "../../../src/doctor/checks/dead-servers.js";
import { etcdSize } from "../../../src/doctor/checks/etcd-size.js";
import { etcdUpgrade } from "../../../src/doctor/checks/etcd-upgrade.js";
import { leftoverSecrets } from "../../../src/doctor/checks/leftover-secrets.js";
import { nextUpgrade } from "../../../src/doctor/checks/next-upgrade.js";
import { peerUrls } from "../../../src/doctor/checks/peer-urls.js";
import { removedFeatures } from "../../../src/doctor/checks/removed-features.js";
import { splitBrain } from "../../../src/doctor/checks/split-brain.js";
import { versionSkew } from "../../../src/doctor/checks/version-skew.js";
import { labInventory } from "../../steps/inventory.js";

const NOW = 1_800_000_000;
const DAY = 86_400;
const MIB = 2 ** 20;

/** Findings as `severity host: what`. */
function lines<Facts>(check: DoctorCheck<Facts>, facts: Facts): string[] {
  return check
    .findings(facts, labInventory(), NOW)
    .map(({ severity, host = "", what }) => `${severity} ${host}: ${what}`);
}

const answers = <T>(found: Readonly<Record<string, T>>) => ({
  found: new Map(Object.entries(found)),
  failures: [],
});

describe("check peer-urls", () => {
  const member = (url: string) => ({
    ...{ name: "master1", id: "1", peerURLs: [url], clientURLs: [], isLearner: false, healthy: true },
  });

  it("accepts an address of the machine, and reports the loopback address", () => {
    expect(lines(peerUrls, [member("https://10.88.0.11:2380")])).toEqual([]);
    expect(lines(peerUrls, [member("https://127.0.0.1:2380")])).toEqual([
      expect.stringMatching(
        /^error master1: etcd member master1 has the peer URL https:\/\/127\.0\.0\.1:2380/,
      ),
    ]);
    expect(peerUrls.upstream).toContain("1950");
  });
});

describe("check certificate-dates", () => {
  const of = (path: string, days: number) =>
    lines(certificateDates, answers({ master1: new Map([[path, NOW + days * DAY]]) }));

  it.each([
    [31, []],
    [29, ["warning master1: /a.crt expires in 29 days"]],
    [7, ["warning master1: /a.crt expires in 7 days"]],
    [6, []],
    [NaN, []],
  ])("of one that ends in %s days: %j; preflight's check reports the rest", (days, found) => {
    expect(of("/a.crt", days)).toEqual(found);
  });
});

describe("check dead-servers", () => {
  it("names the server and the files", () => {
    expect(lines(deadServersCheck, answers({ master1: [] }))).toEqual([]);
    expect(
      lines(
        deadServersCheck,
        answers({ master1: [{ server: "https://10.0.0.9:6443", files: ["/etc/kubernetes/a.conf"] }] }),
      ),
    ).toEqual(["error master1: https://10.0.0.9:6443 does not answer, which /etc/kubernetes/a.conf names"]);
  });
});

describe("check etcd-size", () => {
  const of = (size: number, inUse: number, quota?: number) =>
    lines(etcdSize, {
      statuses: [{ member: "master1", dbSize: size * MIB, dbSizeInUse: inUse * MIB }],
      ...(quota !== undefined && { quota: quota * MIB }),
    });

  it("compares with the quota: the default, or the member's own", () => {
    expect(of(1000, 1000)).toEqual([]);
    expect(of(1100, 1100)).toEqual([expect.stringMatching(/^warning master1: .* 1100 MiB of 2048 MiB/)]);
    expect(of(1700, 1700)).toEqual([expect.stringMatching(/^error master1: .* 1700 MiB of 2048 MiB/)]);
    expect(of(1700, 1700, 8192)).toEqual([]);
  });

  it("reports fragmentation of a large database only", () => {
    expect(of(200, 1)).toEqual([]);
    expect(of(600, 200)).toEqual([expect.stringMatching(/^info .* 600 MiB, of which 200 MiB are in use$/)]);
  });
});

describe("check etcd-upgrade", () => {
  const of = (versions: Record<string, string>) => lines(etcdUpgrade, new Map(Object.entries(versions)));

  it("reports members that may be learners again; a single one never was a learner", () => {
    expect(of({ master1: "3.5.15" })).toEqual([]);
    expect(of({ master1: "3.5.26", master2: "3.6.5" })).toEqual([]);
    expect(of({ master1: "3.5.26", master2: "3.5.15" })).toEqual([
      expect.stringMatching(/^warning : .*\(master2: 3\.5\.15\)$/),
    ]);
  });
});

describe("check leftover-secrets", () => {
  const token = (name: string, expiration?: number) => ({
    name: `bootstrap-token-${name}`,
    ...(expiration !== undefined && { expires: new Date(expiration * 1000).toISOString() }),
  });

  it("accepts tokens that have expired", () => {
    expect(lines(leftoverSecrets, [token("a", NOW - 1)])).toEqual([]);
  });

  it("reports tokens without an end, valid ones, and uploaded certificates", () => {
    const all = [token("a"), token("b", NOW + DAY), { name: "kubeadm-certs" }];
    expect(lines(leftoverSecrets, all)).toEqual([
      expect.stringMatching(/^warning master1: .*forever: bootstrap-token-a$/),
      expect.stringMatching(/^info master1: .*bootstrap-token-b$/),
      expect.stringMatching(/^warning master1: the CA keys are in the Secret kube-system\/kubeadm-certs/),
    ]);
  });
});

describe("check split-brain", () => {
  it("reports two machines with the VIP", () => {
    expect(lines(splitBrain, answers({ lb1: ["10.88.0.31", "10.88.0.100"], lb2: ["10.88.0.32"] }))).toEqual(
      [],
    );
    expect(lines(splitBrain, answers({ lb1: ["10.88.0.100"], lb2: ["10.88.0.100"] }))).toEqual([
      expect.stringMatching(/^error : lb1 and lb2 have the VIP 10\.88\.0\.100 at the same time/),
    ]);
  });
});

describe("check version-skew", () => {
  const of = (apiservers: Record<string, string>, kubelets: Record<string, string>, configured = "v1.37.2") =>
    lines(versionSkew, {
      configured,
      apiservers: new Map(Object.entries(apiservers)),
      kubelets: new Map(Object.entries(kubelets)),
    });

  it("accepts equal versions", () => {
    expect(of({ a: "v1.37.2", b: "v1.37.2" }, { w: "v1.37.2" })).toEqual([]);
  });

  it("reports an upgrade that is not complete", () => {
    expect(of({ a: "v1.37.2", b: "v1.37.1" }, {})).toEqual([
      expect.stringMatching(/^warning master1: .*not complete/),
    ]);
    expect(of({ a: "v1.37.2", b: "v1.35.1" }, {})).toEqual([expect.stringMatching(/^error master1: /)]);
    expect(of({ a: "v1.37.2" }, {}, "v1.36.0")).toEqual([expect.stringMatching(/^warning master1: /)]);
  });

  it("compares kubelets with the oldest apiserver", () => {
    expect(of({ a: "v1.37.2" }, { w: "v1.34.0" })).toEqual([
      expect.stringMatching(/^info : the kubelet of w/),
    ]);
    expect(of({ a: "v1.37.2" }, { w: "v1.33.0" })).toEqual([
      expect.stringMatching(/^error : .*more than 3 minor/),
    ]);
    expect(of({ a: "v1.27.2" }, { w: "v1.24.0" }, "v1.27.2")).toEqual([
      expect.stringMatching(/^error : .*more than 2 minor/),
    ]);
    expect(of({ a: "v1.37.2" }, { w: "v1.38.0" })).toEqual([
      expect.stringMatching(/^error : .*newer than an apiserver/),
    ]);
  });
});

describe("check next-upgrade", () => {
  const config = (version: string, more = "", api = "v1beta4") =>
    `apiVersion: kubeadm.k8s.io/${api}\nkind: ClusterConfiguration\nkubernetesVersion: ${version}\n${more}`;
  const of = (text: string, { v1 = false, runtime = "containerd://2.1.0" } = {}) =>
    lines(nextUpgrade, {
      clusterConfiguration: text,
      runtimes: new Map([["master1", runtime]]),
      cgroupV1: answers({ master1: v1 }),
    });

  it("accepts a current configuration", () => {
    expect(of(config("v1.36.3"))).toEqual([]);
    expect(of(config("v1.37.2"))).toEqual([]);
  });

  it("reports feature gates that the next kubeadm does not have", () => {
    const gates = "featureGates: {EtcdLearnerMode: true}\n";
    expect(of(config("v1.31.14", gates))).toEqual([]);
    expect(of(config("v1.32.13", gates))).toEqual([
      expect.stringMatching(/^warning master1: .*EtcdLearnerMode.*1\.33/),
    ]);
  });

  it("reports a format that the next kubeadm does not read", () => {
    expect(of(config("v1.35.4", "", "v1beta3"))).toEqual([]);
    expect(of(config("v1.36.3", "", "v1beta3"))).toEqual([
      expect.stringMatching(/^error master1: .*v1beta3/),
    ]);
  });

  it("reports cgroup v1 from the version that refuses it, and again for information", () => {
    expect(of(config("v1.33.13"), { v1: true })).toEqual([]);
    expect(of(config("v1.34.4"), { v1: true })).toEqual([
      expect.stringMatching(/^warning : cgroup v1 is used by master1: .*1\.35/),
    ]);
    expect(of(config("v1.36.3"), { v1: true })).toEqual([expect.stringMatching(/^info : cgroup v1/)]);
  });

  it("reports containerd 1.x before the version that does not support it", () => {
    expect(of(config("v1.36.3"), { runtime: "containerd://1.7.24" })).toEqual([]);
    expect(of(config("v1.37.2"), { runtime: "containerd://1.7.24" })).toEqual([
      expect.stringMatching(/^warning : containerd 1\.x is used by master1: .*1\.38/),
    ]);
  });

  it("reports an announced VIP from kubeadm 1.37 on", () => {
    const announced = (address: string) =>
      `apiServer: {extraArgs: [{name: advertise-address, value: ${address}}]}\n`;
    expect(of(config("v1.35.4", announced("10.88.0.100")))).toEqual([]);
    expect(of(config("v1.36.3", announced("10.88.0.100")))).toEqual([
      expect.stringMatching(/^warning master1: .*Port-2379/),
    ]);
    expect(of(config("v1.36.3", announced("10.88.0.11")))).toEqual([]);
  });
});

describe("check removed-features", () => {
  const of = (gates: readonly string[], deprecated: readonly { name: string; removedIn: string }[] = []) =>
    lines(removedFeatures, {
      version: "v1.37.2",
      gates: new Map([["kube-apiserver", gates]]),
      metrics: {
        stages: new Map<string, FeatureStage>([
          ["Done", ""],
          ["Old", "DEPRECATED"],
          ["New", "BETA"],
        ]),
        deprecated,
      },
    });

  it("reports feature gates that are GA or deprecated, and no others", () => {
    expect(of(["New", "Unknown"])).toEqual([]);
    expect(of(["Done", "New", "Old"])).toEqual([
      expect.stringMatching(/^warning master1: kube-apiserver sets .*: Done, Old;/),
    ]);
  });

  it("reports requests to APIs that a later version removes", () => {
    const apis = [
      { name: "a/v1beta1 x", removedIn: "1.38" },
      { name: "b/v1beta1 y", removedIn: "1.40" },
    ];
    expect(of([], apis)).toEqual([
      expect.stringMatching(/^warning master1: a\/v1beta1 x .*1\.38$/),
      expect.stringMatching(/^info master1: b\/v1beta1 y .*1\.40$/),
    ]);
  });
});

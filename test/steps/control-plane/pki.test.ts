import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { clusterConfiguration } from "../../../src/steps/certificates/cluster-configuration.js";
import { pki } from "../../../src/steps/control-plane/pki.js";
import { Sandbox } from "../../machine/sandbox.js";
import { externalEtcd, must, named, NOTHING, planOf, recorded, type Editable } from "../recorded.js";

const COPY = { cluster: { pki: "copy" } };
const SHARED: readonly (readonly [string, string])[] = [
  ["/etc/kubernetes/pki/ca.crt", "0644"],
  ["/etc/kubernetes/pki/ca.key", "0600"],
  ["/etc/kubernetes/pki/front-proxy-ca.crt", "0644"],
  ["/etc/kubernetes/pki/front-proxy-ca.key", "0600"],
  ["/etc/kubernetes/pki/etcd/ca.crt", "0644"],
  ["/etc/kubernetes/pki/etcd/ca.key", "0600"],
  ["/etc/kubernetes/pki/sa.pub", "0600"],
  ["/etc/kubernetes/pki/sa.key", "0600"],
];
const copies = (host: string) =>
  SHARED.map(([path, mode]) => ({
    kind: "file-copy",
    host,
    from: "master1",
    path,
    mode,
    owner: "root:root",
  }));

describe("pki", () => {
  it("uploads the certificates once, on the first master, with the new configuration", () => {
    expect(planOf(pki, "fresh")).toEqual({
      changes: [
        {
          kind: "upload-certs",
          host: "master1",
          clusterConfiguration: must(recorded(clusterConfiguration, "endpoint").staged).content,
          nodeName: "master1",
          criSocket: "unix:///var/run/containerd/containerd.sock",
        },
      ],
      problems: [],
    });
  });

  it.each([{}, COPY])("plans nothing if no master is to join (%o)", (overrides) => {
    expect(planOf(pki, "endpoint", undefined, overrides)).toEqual(NOTHING);
  });

  it("copies the eight shared files and nothing else", () => {
    expect(planOf(pki, "fresh", undefined, COPY)).toEqual({
      changes: [...copies("master2"), ...copies("master3")],
      problems: [],
    });
  });

  it("copies only missing files", () => {
    const plan = planOf(
      pki,
      "fresh",
      (facts) => {
        facts.hosts = facts.hosts.filter(({ name }) => name === "master2");
        const own = named(facts.hosts, "master2").digests;
        for (const [path, digest] of facts.first) if (!path.endsWith("sa.key")) own.set(path, digest);
      },
      COPY,
    );
    expect(plan).toEqual({ changes: copies("master2").slice(-1), problems: [] });
  });

  it("copies an external etcd's CA and client certificate from the configured paths", () => {
    const files = {
      caFile: "/etc/etcd/ca.pem",
      certFile: "/etc/etcd/client.pem",
      keyFile: "/etc/etcd/key.pem",
    };
    const { changes, problems } = planOf(
      pki,
      "fresh",
      (facts) => {
        facts.clusterConfiguration = externalEtcd(facts.clusterConfiguration, files);
        for (const path of [files.caFile, files.certFile]) facts.first.set(path, "0".repeat(64));
        facts.hosts = facts.hosts.filter(({ name }) => name === "master2");
      },
      COPY,
    );
    const expected = [
      ...SHARED.filter(([path]) => !path.includes("/etcd/")),
      [files.caFile, "0644"],
      [files.certFile, "0644"],
      [files.keyFile, "0600"],
    ];
    const copied = changes.map((change) => (change.kind === "file-copy" ? [change.path, change.mode] : []));
    expect(copied.sort()).toEqual(expected.sort());
    expect(problems).toMatchObject([{ host: "master1", what: "/etc/etcd/key.pem is missing" }]);
  });

  it("reports which shared file the first master lacks", () => {
    const { problems } = planOf(pki, "fresh", ({ first }) => {
      first.delete("/etc/kubernetes/pki/ca.key");
    });
    expect(problems).toEqual([
      {
        severity: "blocker",
        host: "master1",
        what: "/etc/kubernetes/pki/ca.key is missing",
        fix: "restore it for the migration: new masters cannot be created without it",
      },
    ]);
  });

  it("does not overwrite another cluster's file", () => {
    const { problems } = planOf(pki, "fresh", ({ hosts }) => {
      named(hosts, "master3").digests.set("/etc/kubernetes/pki/sa.key", "0".repeat(64));
    });
    expect(problems).toEqual([
      {
        severity: "blocker",
        host: "master3",
        what: "/etc/kubernetes/pki/sa.key differs from the file on master1",
        fix: "it belongs to another cluster: inspect it, then remove it on master3",
      },
    ]);
  });

  it("reports a key that kubeadm cannot transfer before anything is changed, and copies it with pki: copy", () => {
    const found = (facts: Editable<Awaited<ReturnType<typeof pki.probe>>>): void => {
      facts.uncarried = ["/etc/kubernetes/pki/ca.key"];
    };
    expect(planOf(pki, "fresh", found).problems).toMatchObject([
      { severity: "blocker", host: "master1", fix: "set cluster.pki: copy in the inventory" },
    ]);
    expect(planOf(pki, "fresh", found, COPY).problems).toEqual([]);
  });

  const EC = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1"];

  it.each<[string, string, string[], boolean]>([
    ["RSA", "v1.29.15", ["genrsa", "-traditional", "2048"], true],
    ["RSA in PKCS #8", "v1.29.15", ["genrsa", "2048"], true],
    ["ECDSA", "v1.29.15", ["ecparam", "-name", "prime256v1", "-genkey", "-noout"], true],
    ["ECDSA in PKCS #8", "v1.29.15", EC, false],
    ["ECDSA in PKCS #8", "v1.30.0", EC, true],
  ])("detects whether kubeadm can transfer a key: %s, %s", async (_, version, args, isCarried) => {
    using sandbox = new Sandbox();
    const ClusterConfiguration = recorded(pki, "fresh").clusterConfiguration.replace(
      /^kubernetesVersion: .*$/m,
      `kubernetesVersion: ${version}`,
    );
    sandbox.web.etcd([]);
    sandbox.web.api({
      "/api/v1/namespaces/kube-system/configmaps/kubeadm-config": {
        metadata: {},
        data: { ClusterConfiguration },
      },
      "/api/v1/nodes": {
        items: [
          {
            metadata: { name: "master1" },
            status: { addresses: [{ type: "InternalIP", address: "10.88.0.11" }] },
          },
        ],
      },
    });
    const path = "/etc/kubernetes/pki/ca.key";
    sandbox.file(path, execFileSync("openssl", args, { stdio: ["ignore", "pipe", "ignore"] }));
    const { uncarried } = await pki.probe(sandbox.fleet().look());
    expect(uncarried).toEqual(isCarried ? [] : [path]);
  });
});

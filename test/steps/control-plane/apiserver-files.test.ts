import { describe, expect, it } from "vitest";
import type { ReadOnlyFleet } from "../../../src/machine/fleet.js";
import type { TreeEntry } from "../../../src/machine/file-tree.js";
import { apiserverFiles } from "../../../src/steps/control-plane/apiserver-files.js";
import { clusterConfiguration } from "../../../src/steps/certificates/cluster-configuration.js";
import { Sandbox } from "../../machine/sandbox.js";
import { NOTHING, named, on, type Editable } from "../recorded.js";

const { planOf, recorded } = on("1.20.2");

type Facts = Editable<Awaited<ReturnType<typeof apiserverFiles.probe>>>;

const ENC = "/etc/kubernetes/enc";
const LOG = "/var/log/kubernetes/audit";
const folder = (mode = "0755"): TreeEntry => ({ type: "folder", mode, owner: "0:0", bytes: 4096 });
const file = (digest: string, owner = "0:0"): TreeEntry => ({
  type: "file",
  mode: "0600",
  owner,
  bytes: 9,
  digest,
});

/** The recorded cluster, whose apiserver has an encryption configuration and an audit log. */
function withFiles(facts: Facts): void {
  facts.manifest = facts.manifest
    .replace(
      "    - --insecure-port=0\n",
      `    - --encryption-provider-config=${ENC}/config.yaml\n    - --audit-log-path=${LOG}/audit.log\n`,
    )
    .replace(
      "    volumeMounts:\n",
      `    volumeMounts:\n    - {mountPath: ${ENC}, name: enc, readOnly: true}\n    - {mountPath: ${LOG}, name: log}\n`,
    )
    .replace(
      "  volumes:\n",
      `  volumes:\n  - {hostPath: {path: ${ENC}}, name: enc}\n  - {hostPath: {path: ${LOG}}, name: log}\n`,
    );
  named(facts.masters, "master1").tree = new Map(
    Object.entries({
      [LOG]: folder("0700"),
      [ENC]: folder(),
      [`${ENC}/config.yaml`]: file("aa"),
      [`${ENC}/extra.yaml`]: file("bb", "1001:1001"),
    }),
  );
}

/** The manifest with another mount, readOnly as given, and a flag. */
function mounting(path: string, manifest: string, flag = "--anonymous-auth=false", type = ""): string {
  return manifest
    .replace("    - --insecure-port=0\n", `    - --insecure-port=0\n    - ${flag}\n`)
    .replace("    volumeMounts:\n", `    volumeMounts:\n    - {mountPath: ${path}, name: more}\n`)
    .replace("  volumes:\n", `  volumes:\n  - {hostPath: {path: ${path}, type: "${type}"}, name: more}\n`);
}

const brought = (host: string) => [
  { kind: "folder", host, path: ENC, mode: "0755", owner: "root:root" },
  { kind: "file-copy", host, from: "master1", path: `${ENC}/config.yaml`, mode: "0600", owner: "root:root" },
  { kind: "file-copy", host, from: "master1", path: `${ENC}/extra.yaml`, mode: "0600", owner: "1001:1001" },
  { kind: "folder", host, path: LOG, mode: "0700", owner: "root:root" },
];

describe("apiserver-files", () => {
  it.each(["fresh", "endpoint"] as const)(
    "plans nothing if the apiserver uses only kubeadm's own files (%s)",
    (state) => {
      expect(planOf(apiserverFiles, state)).toEqual(NOTHING);
    },
  );

  it("copies files that are read, and creates the directory that is written to", () => {
    expect(planOf(apiserverFiles, "fresh", withFiles)).toEqual({
      changes: [...brought("master2"), ...brought("master3")],
      problems: [],
    });
  });

  it("skips files that exist already, and masters that have joined", () => {
    const plan = planOf(apiserverFiles, "fresh", (facts) => {
      withFiles(facts);
      named(facts.masters, "master2").tree = new Map(named(facts.masters, "master1").tree);
      named(facts.masters, "master3").isJoined = true;
    });
    expect(plan).toEqual(NOTHING);
  });

  it("does not overwrite files that differ", () => {
    const { problems } = planOf(apiserverFiles, "fresh", (facts) => {
      withFiles(facts);
      named(facts.masters, "master2").tree.set(`${ENC}/config.yaml`, file("cc"));
    });
    expect(problems).toEqual([
      {
        severity: "blocker",
        host: "master2",
        what: `${ENC}/config.yaml differs from the one that kube-apiserver on master1 uses`,
        fix: "inspect it, then remove it on master2: k8s-ha then copies it",
      },
    ]);
  });

  it.each(["/etc/kubernetes/pki/oidc.pem", "/etc/kubernetes/oidc.conf"])(
    "copies the files of an incomplete join again if it is cleared first (%s)",
    (path) => {
      const { changes } = planOf(apiserverFiles, "fresh", (facts) => {
        facts.manifest = mounting("/etc/kubernetes", facts.manifest, `--oidc-ca-file=${path}`);
        for (const master of facts.masters) master.tree.set(path, file("aa"));
        named(facts.masters, "master3").isCleared = true;
      });
      expect(changes).toMatchObject([{ kind: "file-copy", host: "master3", path }]);
    },
  );

  it.each<[string, TreeEntry, string]>([
    [
      "a socket",
      { ...file("aa"), type: "socket" },
      "start the service on master2 that provides it on master1",
    ],
    [
      "a big file",
      { ...file("aa"), bytes: 2_000_000 },
      `it is too large (over 200 files, or 1 MiB), so copy it manually: ssh admin@10.88.0.12 mkdir -p ${ENC} && scp -3 -rp admin@10.88.0.11:${ENC}/it admin@10.88.0.12:${ENC}/`,
    ],
  ])("does not copy %s", (_, entry, fix) => {
    const plan = planOf(apiserverFiles, "fresh", (facts) => {
      withFiles(facts);
      facts.masters = facts.masters.filter(({ name }) => name !== "master3");
      named(facts.masters, "master2").tree = new Map(named(facts.masters, "master1").tree);
      named(facts.masters, "master1").tree.set(`${ENC}/it`, entry);
    });
    const what = `${ENC}/it, which kube-apiserver on master1 uses, is missing`;
    expect(plan).toEqual({ changes: [], problems: [{ severity: "blocker", host: "master2", what, fix }] });
  });

  it("neither copies nor compares a log in a directory that is copied", async () => {
    const logs = `${ENC}/logs`;
    const facts = recorded(apiserverFiles, "fresh");
    facts.manifest = mounting(logs, facts.manifest, `--audit-log-path=${logs}/audit.log`);
    withFiles(facts);
    facts.manifest = facts.manifest.replace(`    - --audit-log-path=${LOG}/audit.log\n`, "");
    const { tree } = named(facts.masters, "master1");
    tree.delete(LOG);
    tree.set(logs, folder()).set(`${logs}/audit.log`, file("dd"));
    const of = (path: string) => expect.objectContaining({ path }) as object;
    expect(planOf(apiserverFiles, "fresh", (own) => Object.assign(own, facts)).changes).toEqual(
      ["master2", "master3"].flatMap(() => [ENC, `${ENC}/config.yaml`, `${ENC}/extra.yaml`, logs].map(of)),
    );
    for (const name of ["master2", "master3"])
      named(facts.masters, name).tree = new Map(tree).set(`${logs}/audit.log`, file("ee"));
    const step = { ...apiserverFiles, probe: () => Promise.resolve(facts) };
    expect(await step.verify?.({} as ReadOnlyFleet)).toMatchObject([
      { what: "2 extra files of kube-apiserver", ok: true },
      { what: "2 extra files of kube-apiserver", ok: true },
    ]);
  });

  it("reports a missing socket in a directory of unclear use that no flag names", () => {
    const [kms, at] = ["/run/kms", "/run/kms/v2/kms.sock"];
    const { changes, problems } = planOf(apiserverFiles, "fresh", (facts) => {
      facts.manifest = mounting(kms, facts.manifest);
      const tree = new Map([
        [kms, folder()],
        [at, { ...folder(), type: "socket" as const }],
        [`${kms}/pid`, file("aa")],
      ]);
      named(facts.masters, "master1").tree = tree;
      named(facts.masters, "master2").tree = new Map(tree);
    });
    expect(changes).toMatchObject([{ kind: "folder", host: "master3", path: kms }]);
    expect(problems).toMatchObject([
      { severity: "warning", host: "master3" },
      {
        severity: "blocker",
        host: "master3",
        what: `${at}, which kube-apiserver on master1 uses, is missing`,
        fix: "start the service on master3 that provides it on master1",
      },
    ]);
  });

  it("does not copy a log that the kubelet creates", () => {
    const path = "/var/log/k8s/audit.log";
    const plan = (type: string) =>
      planOf(apiserverFiles, "fresh", (facts) => {
        facts.manifest = mounting(path, facts.manifest, `--audit-log-path=${path}`, type);
        facts.masters = facts.masters.filter(({ name }) => name !== "master3");
        const log = { ...file("aa"), bytes: 2_000_000 };
        named(facts.masters, "master1").tree = new Map([
          ["/var/log/k8s", folder("0700")],
          [path, log],
        ]);
      });
    expect(plan("FileOrCreate")).toEqual({
      changes: [{ kind: "folder", host: "master2", path: "/var/log/k8s", mode: "0700", owner: "root:root" }],
      problems: [],
    });
    expect(plan("File")).toMatchObject({ changes: [], problems: [{ severity: "blocker", host: "master2" }] });
  });

  it("does not replace a directory that it did not read", () => {
    const plan = planOf(apiserverFiles, "fresh", (facts) => {
      withFiles(facts);
      facts.masters = facts.masters.filter(({ name }) => name !== "master3");
      const tree = { [ENC]: { ...folder(), isCrowded: true as const }, [LOG]: folder() };
      named(facts.masters, "master2").tree = new Map(Object.entries(tree));
    });
    expect(plan.changes).toEqual([]);
    expect(plan.problems).toMatchObject([
      { severity: "blocker", what: expect.stringContaining("differs") as string },
    ]);
  });

  it("warns of a directory of unclear use", () => {
    const { changes, problems } = planOf(apiserverFiles, "fresh", (facts) => {
      withFiles(facts);
      facts.manifest = facts.manifest.replace(`    - --audit-log-path=${LOG}/audit.log\n`, "");
      facts.masters = facts.masters.filter(({ name }) => name !== "master3");
      named(facts.masters, "master2").tree = new Map([...named(facts.masters, "master1").tree].slice(1));
    });
    expect(changes).toMatchObject([{ kind: "folder", path: LOG }]);
    expect(problems).toMatchObject([{ severity: "warning", host: "master2" }]);
  });

  it("verifies that every master has the first master's files", async () => {
    const facts = recorded(apiserverFiles, "endpoint");
    withFiles(facts);
    const all = new Map(named(facts.masters, "master1").tree);
    named(facts.masters, "master2").tree = all;
    named(facts.masters, "master3").tree = new Map(all).set(`${ENC}/config.yaml`, file("cc"));
    const step = { ...apiserverFiles, probe: () => Promise.resolve(facts) };
    const what = "2 extra files of kube-apiserver";
    expect(await step.verify?.({} as ReadOnlyFleet)).toEqual([
      { host: "master2", what, expected: "the same", actual: "the same", ok: true },
      { host: "master3", what, expected: "the same", actual: `different: ${ENC}/config.yaml`, ok: false },
    ]);
  });

  it("reads the first master's manifest, and the files that it references on every master", async () => {
    using sandbox = new Sandbox();
    const facts = recorded(apiserverFiles, "fresh");
    withFiles(facts);
    sandbox.file("/etc/kubernetes/manifests/kube-apiserver.yaml", facts.manifest);
    sandbox.file(`${ENC}/config.yaml`, "KEY");
    const { clusterConfiguration: ClusterConfiguration } = recorded(clusterConfiguration, "fresh");
    sandbox.web.etcd([{ ID: "1", name: "master1", peerURLs: ["https://10.88.0.11:2380"] }]);
    sandbox.web.api({
      "/api/v1/nodes": { items: [] },
      "/api/v1/namespaces/kube-system/configmaps/kubeadm-config": { data: { ClusterConfiguration } },
    });
    const found = await apiserverFiles.probe(sandbox.fleet().look());
    expect(found.masters.map(({ name, tree }) => [name, [...tree.keys()]])).toEqual(
      ["master1", "master2", "master3"].map((name) => [name, [ENC, `${ENC}/config.yaml`]]),
    );
    expect(JSON.stringify(found)).not.toContain("KEY");
  });
});

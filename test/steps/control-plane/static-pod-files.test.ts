import { describe, expect, it } from "vitest";
import type { ReadOnlyFleet } from "../../../src/machine/fleet.js";
import type { TreeEntry } from "../../../src/machine/file-tree.js";
import { staticPodFiles } from "../../../src/steps/control-plane/static-pod-files.js";
import { clusterConfiguration } from "../../../src/steps/certificates/cluster-configuration.js";
import { Sandbox } from "../../machine/sandbox.js";
import { manifestsOf } from "../../config-files/manifests.js";
import { labInventory } from "../inventory.js";
import { NOTHING, named, on, type Editable } from "../recorded.js";

type Facts = Editable<Awaited<ReturnType<typeof staticPodFiles.probe>>>;

/** A fresh cluster with the manifests that kubeadm writes. */
function fresh(version: "1.30.14" | "1.37.2" = "1.37.2"): Facts {
  const masters = ["master1", "master2", "master3"].map((name) => ({
    name,
    isJoined: name === "master1",
    isCleared: false,
    tree: new Map<string, TreeEntry>(),
  }));
  return { manifests: { ...manifestsOf(version) }, masters };
}

function planOf(edit: (facts: Facts) => void, facts: Facts = fresh()) {
  edit(facts);
  return { problems: [], ...staticPodFiles.plan(facts, labInventory()) };
}

/** Edits the manifest of a static pod. */
function change(
  facts: Facts,
  edit: (manifest: string) => string,
  pod: keyof Facts["manifests"] = "kube-apiserver",
): void {
  facts.manifests[pod] = edit(facts.manifests[pod] ?? "");
}

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
  change(facts, (manifest) =>
    mounting(
      ENC,
      mounting(LOG, manifest, `--audit-log-path=${LOG}/audit.log`),
      `--encryption-provider-config=${ENC}/config.yaml`,
      { readOnly: true },
    ),
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

/** The manifest with another mount and a flag. */
function mounting(
  path: string,
  manifest: string,
  flag = "--anonymous-auth=false",
  { type = "", readOnly = false } = {},
): string {
  const name = `more${path.replaceAll(/[^a-z]/g, "-")}`;
  return manifest
    .replace(/( {4}- kube-\S+\n| {4}- etcd\n)/, (command) => `${command}    - ${flag}\n`)
    .replace(
      "    volumeMounts:\n",
      `    volumeMounts:\n    - {mountPath: ${path}, name: ${name}, readOnly: ${readOnly}}\n`,
    )
    .replace("  volumes:\n", `  volumes:\n  - {hostPath: {path: ${path}, type: "${type}"}, name: ${name}}\n`);
}

const brought = (host: string) => [
  { kind: "folder", host, path: ENC, mode: "0755", owner: "root:root" },
  { kind: "file-copy", host, from: "master1", path: `${ENC}/config.yaml`, mode: "0600", owner: "root:root" },
  { kind: "file-copy", host, from: "master1", path: `${ENC}/extra.yaml`, mode: "0600", owner: "1001:1001" },
  { kind: "folder", host, path: LOG, mode: "0700", owner: "root:root" },
];

describe("static-pod-files", () => {
  it.each(["1.30.14", "1.37.2"] as const)(
    "plans nothing if the pods use only kubeadm's own files (%s)",
    (version) => {
      const facts = fresh(version);
      for (const path of ["/etc/kubernetes/pki", "/etc/kubernetes/pki/etcd", "/var/lib/etcd"])
        named(facts.masters, "master1").tree.set(path, folder());
      for (const path of ["pki/ca.crt", "pki/etcd/server.crt", "scheduler.conf", "controller-manager.conf"])
        named(facts.masters, "master1").tree.set(`/etc/kubernetes/${path}`, file("aa"));
      expect(planOf(() => undefined, facts)).toEqual(NOTHING);
    },
  );

  it.each([
    ["kube-scheduler", "config", "/etc/kubernetes/scheduler-config.yaml"],
    ["kube-controller-manager", "cloud-config", "/etc/kubernetes/cloud.conf"],
    ["etcd", "experimental-extra-file", "/etc/etcd/extra.yaml"],
  ] as const)("copies a file of %s that --%s names", (pod, flag, path) => {
    const facts = fresh();
    change(facts, (manifest) => mounting(path, manifest, `--${flag}=${path}`, { type: "File" }), pod);
    named(facts.masters, "master1").tree.set(path, file("aa"));
    named(facts.masters, "master3").tree.set(path, file("bb"));
    expect(planOf(() => undefined, facts)).toEqual({
      changes: [
        { kind: "file-copy", host: "master2", from: "master1", path, mode: "0600", owner: "root:root" },
      ],
      problems: [
        {
          severity: "blocker",
          host: "master3",
          what: `${path} differs from the one that ${pod} on master1 uses`,
          fix: "inspect it, then remove it on master3: k8s-ha then copies it",
        },
      ],
    });
  });

  it("copies files that are read, and creates the directory that is written to", () => {
    expect(planOf(withFiles)).toEqual({
      changes: [...brought("master2"), ...brought("master3")],
      problems: [],
    });
  });

  it("skips files that exist already, and masters that have joined", () => {
    const plan = planOf((facts) => {
      withFiles(facts);
      named(facts.masters, "master2").tree = new Map(named(facts.masters, "master1").tree);
      named(facts.masters, "master3").isJoined = true;
    });
    expect(plan).toEqual(NOTHING);
  });

  it("does not overwrite files that differ", () => {
    const { problems } = planOf((facts) => {
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
      const { changes } = planOf((facts) => {
        change(facts, (manifest) => mounting("/etc/kubernetes", manifest, `--oidc-ca-file=${path}`));
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
    const plan = planOf((facts) => {
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
    const facts = fresh();
    change(facts, (manifest) => mounting(logs, manifest, `--audit-log-path=${logs}/audit.log`));
    withFiles(facts);
    change(facts, (manifest) => manifest.replace(`    - --audit-log-path=${LOG}/audit.log\n`, ""));
    const { tree } = named(facts.masters, "master1");
    tree.delete(LOG);
    tree.set(logs, folder()).set(`${logs}/audit.log`, file("dd"));
    const of = (path: string) => expect.objectContaining({ path }) as object;
    expect(planOf(() => undefined, facts).changes).toEqual(
      ["master2", "master3"].flatMap(() => [ENC, `${ENC}/config.yaml`, `${ENC}/extra.yaml`, logs].map(of)),
    );
    for (const name of ["master2", "master3"])
      named(facts.masters, name).tree = new Map(tree).set(`${logs}/audit.log`, file("ee"));
    const step = { ...staticPodFiles, probe: () => Promise.resolve(facts) };
    expect(await step.verify?.({} as ReadOnlyFleet)).toMatchObject([
      { what: "2 extra files of static pods", ok: true },
      { what: "2 extra files of static pods", ok: true },
    ]);
  });

  it("reports a missing socket in a directory of unclear use that no flag names", () => {
    const [kms, at] = ["/run/kms", "/run/kms/v2/kms.sock"];
    const { changes, problems } = planOf((facts) => {
      change(facts, (manifest) => mounting(kms, manifest));
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
      planOf((facts) => {
        change(facts, (manifest) => mounting(path, manifest, `--audit-log-path=${path}`, { type }));
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
    const plan = planOf((facts) => {
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
    const { changes, problems } = planOf((facts) => {
      withFiles(facts);
      change(facts, (manifest) => manifest.replace(`    - --audit-log-path=${LOG}/audit.log\n`, ""));
      facts.masters = facts.masters.filter(({ name }) => name !== "master3");
      named(facts.masters, "master2").tree = new Map([...named(facts.masters, "master1").tree].slice(1));
    });
    expect(changes).toMatchObject([{ kind: "folder", path: LOG }]);
    expect(problems).toMatchObject([{ severity: "warning", host: "master2" }]);
  });

  it("verifies that every master has the first master's files", async () => {
    const facts = fresh();
    withFiles(facts);
    const all = new Map(named(facts.masters, "master1").tree);
    named(facts.masters, "master2").tree = all;
    named(facts.masters, "master3").tree = new Map(all).set(`${ENC}/config.yaml`, file("cc"));
    const step = { ...staticPodFiles, probe: () => Promise.resolve(facts) };
    const what = "2 extra files of static pods";
    expect(await step.verify?.({} as ReadOnlyFleet)).toEqual([
      { host: "master2", what, expected: "the same", actual: "the same", ok: true },
      { host: "master3", what, expected: "the same", actual: `different: ${ENC}/config.yaml`, ok: false },
    ]);
  });

  it("reads the first master's manifests, and the files that it references on every master", async () => {
    using sandbox = new Sandbox();
    const facts = fresh();
    withFiles(facts);
    for (const [pod, manifest] of Object.entries(facts.manifests))
      sandbox.file(`/etc/kubernetes/manifests/${pod}.yaml`, manifest);
    sandbox.file(`${ENC}/config.yaml`, "KEY");
    const { clusterConfiguration: ClusterConfiguration } = on("1.37.2").recorded(
      clusterConfiguration,
      "fresh",
    );
    sandbox.web.etcd([{ ID: "1", name: "master1", peerURLs: ["https://10.88.0.11:2380"] }]);
    sandbox.web.api({
      "/api/v1/nodes": { items: [] },
      "/api/v1/namespaces/kube-system/configmaps/kubeadm-config": { data: { ClusterConfiguration } },
    });
    const found = await staticPodFiles.probe(sandbox.fleet().look());
    expect(found.masters.map(({ name, tree }) => [name, [...tree.keys()]])).toEqual(
      ["master1", "master2", "master3"].map((name) => [name, [ENC, `${ENC}/config.yaml`]]),
    );
    expect(JSON.stringify(found)).not.toContain("KEY");
  });
});

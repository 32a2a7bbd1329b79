import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import type { BackupChange } from "../../src/changes/backup.js";
import { kindOf, type Change } from "../../src/changes/change.js";
import { Sandbox } from "../machine/sandbox.js";
import { make } from "./context.js";
import { itIsShownAs } from "./shown.js";

const operator = mkdtempSync(join(tmpdir(), "k8s-ha-operator-"));
afterAll(() => {
  rmSync(operator, { recursive: true });
});
const RUN = "20260131-221530";
const FOLDER = `/var/backups/k8s-ha/${RUN}`;
const change: BackupChange = {
  kind: "backup",
  host: "worker1",
  paths: ["/etc/kubernetes", "/etc/default/kubelet", "/etc/not there"],
  directory: "/var/backups/k8s-ha",
  operatorCopy: "none",
  operatorDirectory: operator,
};
const sh = (script: string, cwd: string): string =>
  execFileSync("/bin/sh", ["-ec", script], { cwd, encoding: "utf8" });

/** A host with files to save. In tar, `/` is the sandbox's folder. */
function host(): Sandbox {
  const sandbox = new Sandbox();
  sandbox.file("/etc/kubernetes/pki/ca.key", "KEY");
  sandbox.file("/etc/default/kubelet", "FLAGS=");
  const real = sh("command -v tar", "/").trim();
  sandbox.answer("tar", `if [ "$2" = / ]; then shift 2; set -- -C "$SANDBOX" "$@"; fi; exec ${real} "$@"`);
  return sandbox;
}
const listed = (sandbox: Sandbox): string[] => readdirSync(sandbox.path(FOLDER)).sort();

describe("backup", () => {
  itIsShownAs(
    { ...change, etcd: { dataDir: "/var/lib/etcd" } },
    {
      mark: "+",
      describe: "save files, etcd and cluster objects to /var/backups/k8s-ha",
      diff: "+ etcd snapshot\n+ ConfigMaps, Endpoints, Nodes\n+ /etc/kubernetes\n+ /etc/default/kubelet\n+ /etc/not there",
    },
  );

  it("without etcd saves only files", () => {
    const kind = kindOf<Change>(change);
    expect(kind.describe(change)).toBe("save files to /var/backups/k8s-ha");
    expect(kind.diff?.(change)).toBe("+ /etc/kubernetes\n+ /etc/default/kubelet\n+ /etc/not there");
  });
});

describe("a backup", () => {
  it("saves the paths that exist, with their checksums, readable only by root", async () => {
    using sandbox = host();
    await make(sandbox, change);
    expect(listed(sandbox)).toEqual(["SHA256SUMS", "files.tar.gz"]);
    expect(sh("sha256sum -c SHA256SUMS", sandbox.path(FOLDER))).toBe("files.tar.gz: OK\n");
    expect(sh("tar -tzf files.tar.gz", sandbox.path(FOLDER)).split("\n")).toEqual(
      expect.arrayContaining(["etc/kubernetes/pki/ca.key", "etc/default/kubelet"]),
    );
    expect(statSync(sandbox.path(`${FOLDER}/files.tar.gz`)).mode & 0o077).toBe(0);
    expect(statSync(sandbox.path(FOLDER)).mode & 0o077).toBe(0);
  });

  it("succeeds on a host that has nothing to save", async () => {
    using sandbox = host();
    await make(sandbox, { ...change, paths: ["/etc/none"] });
    expect(listed(sandbox)).toEqual(["SHA256SUMS"]);
  });

  it("leaves out kubeadm's own old backups, and nothing else of that name", async () => {
    using sandbox = host();
    sandbox.file("/etc/kubernetes/tmp/kubeadm-backup-etcd-2026/etcd/member/snap/db", "BIG");
    sandbox.file("/etc/kubernetes/manifests/etc/kubernetes/tmp/x", "");
    await make(sandbox, change);
    const saved = sh("tar -tzf files.tar.gz", sandbox.path(FOLDER));
    expect(saved).not.toContain("kubeadm-backup");
    expect(saved).toContain("etc/kubernetes/manifests/etc/kubernetes/tmp/x");
  });

  it("can be repeated after it was interrupted", async () => {
    using sandbox = host();
    sandbox.file(`${FOLDER}/files.tar.gz`, "half of i");
    await make(sandbox, change);
    await make(sandbox, change);
    expect(sh("sha256sum -c SHA256SUMS", sandbox.path(FOLDER))).toContain("files.tar.gz: OK");
    expect(listed(sandbox)).toEqual(["SHA256SUMS", "files.tar.gz"]);
  });

  const database = Buffer.from(Array.from({ length: 1024 }, (_, i) => i % 251));
  const whole = Buffer.concat([database, createHash("sha256").update(database).digest()]);

  describe("of the first master", () => {
    const master: BackupChange = {
      ...change,
      host: "master1",
      etcd: { dataDir: "/var/our etcd" },
    };
    const cluster = (sandbox: Sandbox, snapshot = whole): void => {
      sandbox.answer("kubectl", `echo "object of: $*"`);
      sandbox.file("/given.db", snapshot);
      sandbox.answer(
        "crictl",
        `case "$*" in
*' ps '*) echo 4f2a ;;
*etcdctl*'snapshot save'*) mkdir -p "$SANDBOX/var/our etcd"; cp "$SANDBOX/given.db" "$SANDBOX/var/our etcd/k8s-ha-snapshot.db" ;;
esac`,
      );
    };

    it("contains etcd, as an intact snapshot, and the objects that will change", async () => {
      using sandbox = host();
      cluster(sandbox);
      await make(sandbox, master);
      expect(listed(sandbox)).toEqual(["SHA256SUMS", "etcd.db", "files.tar.gz", "objects.yaml"]);
      expect(readFileSync(sandbox.path(`${FOLDER}/etcd.db`)).equals(whole)).toBe(true);
      const objects = sandbox.read(`${FOLDER}/objects.yaml`);
      for (const name of ["kubeadm-config", "kube-proxy", "cluster-info", "endpoints kubernetes", "nodes"]) {
        expect(objects).toContain(name);
      }
      expect(sandbox.calls("kubectl").every((call) => call.includes("https://10.88.0.11:6443"))).toBe(true);
      const inEtcd = sandbox.calls("crictl").filter((call) => call.includes("4f2a"));
      expect(inEtcd).toHaveLength(1);
      for (const call of inEtcd) expect(call).toContain("/var/our etcd/k8s-ha-snapshot.db");
      expect(readdirSync(sandbox.path("/var/our etcd"))).toEqual([]);
    });

    it("needs no kubelet, which an interrupted run may have left restarting", async () => {
      using sandbox = host();
      cluster(sandbox);
      sandbox.answer("kubectl", `case "$*" in *exec*) exit 1 ;; *) echo "object of: $*" ;; esac`);
      await make(sandbox, master);
      expect(listed(sandbox)).toContain("etcd.db");
    });

    it.each([
      ["that is truncated", whole.subarray(0, 800)],
      ["with one byte changed", Buffer.from(whole).fill(7, 100, 101)],
      ["with only its checksum", createHash("sha256").digest()],
      ["that is empty", Buffer.from("")],
    ])("fails on a snapshot %s, and leaves none in etcd's folder", async (_, snapshot) => {
      using sandbox = host();
      cluster(sandbox, snapshot);
      await expect(make(sandbox, master)).rejects.toMatchObject({
        host: "master1",
        stderr: expect.stringContaining("the etcd snapshot is corrupt") as unknown,
      });
      expect(readdirSync(sandbox.path("/var/our etcd"))).toEqual([]);
    });
  });

  describe("of a first master that uses an external etcd", () => {
    const master: BackupChange = { ...change, host: "master1", etcd: "external" };
    const SNAPSHOT = "/v3/maintenance/snapshot";
    /** As the gateway streams it: one line per 400 bytes. */
    const streamed = (bytes: Buffer): string =>
      Array.from({ length: Math.ceil(bytes.length / 400) }, (_, i) => {
        const blob = bytes.subarray(i * 400, (i + 1) * 400).toString("base64");
        return `{"result":{"remaining_bytes":"1","blob":"${blob}"}}\n`;
      }).join("");
    const external = (first: string, second: string): Sandbox => {
      const sandbox = host();
      const servers = "    - --etcd-servers=https://10.88.0.41:2379,https://10.88.0.42:2379\n";
      sandbox.file("/etc/kubernetes/manifests/kube-apiserver.yaml", servers);
      sandbox.answer("kubectl", `echo "object of: $*"`);
      sandbox.web.serve(`https://10.88.0.41:2379${SNAPSHOT}`, first);
      sandbox.web.serve(`https://10.88.0.42:2379${SNAPSHOT}`, second);
      return sandbox;
    };

    it("has its snapshot, through the first server that gives all of it", async () => {
      using sandbox = external(streamed(whole).slice(0, -200), streamed(whole));
      await make(sandbox, master);
      expect(listed(sandbox)).toEqual(["SHA256SUMS", "etcd.db", "files.tar.gz", "objects.yaml"]);
      expect(readFileSync(sandbox.path(`${FOLDER}/etcd.db`)).equals(whole)).toBe(true);
      expect(sandbox.calls("crictl")).toEqual([]);
    });

    it.each([
      ["is truncated", streamed(whole.subarray(0, 800))],
      ["is an error", '{"error":{"code":7,"message":"permission denied"}}'],
      ["is empty", ""],
    ])("fails if every answer %s, and leaves no snapshot behind", async (_, answer) => {
      using sandbox = external(answer, answer);
      await expect(make(sandbox, master)).rejects.toMatchObject({
        host: "master1",
        stderr: expect.stringContaining(
          "no etcd server returned a complete snapshot: https://10.88.0.41:2379 https://10.88.0.42:2379",
        ) as unknown,
      });
      expect(listed(sandbox)).toEqual([]);
    });
  });

  describe("with a copy for the operator", () => {
    const folder = join(operator, RUN);

    it("plain: the same files, 0600", async () => {
      using sandbox = host();
      await make(sandbox, { ...change, operatorCopy: "plain" });
      const copy = join(folder, "worker1.tar.gz");
      expect(statSync(copy).mode & 0o777).toBe(0o600);
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      const unpacked = mkdtempSync(join(operator, "unpacked-"));
      sh(`tar -xzf ${copy}`, unpacked);
      expect(sh("sha256sum -c SHA256SUMS", join(unpacked, RUN))).toContain("files.tar.gz: OK");
    });

    it("encrypted: openssl opens it with the pass phrase, which is in no script and no file on the host", async () => {
      using sandbox = host();
      const passphraseFile = join(operator, "passphrase");
      writeFileSync(passphraseFile, "correct horse\nsecond line\n");
      await make(sandbox, { ...change, host: "lb1", operatorCopy: "encrypted", passphraseFile });
      const copy = join(folder, "lb1.tar.gz.enc");
      expect(readFileSync(copy).subarray(0, 8).toString()).toBe("Salted__");
      const unpacked = mkdtempSync(join(operator, "unpacked-"));
      mkdirSync(join(unpacked, "x"));
      sh(
        `printf 'correct horse' | openssl enc -d -aes-256-cbc -pbkdf2 -iter 600000 -pass stdin -in ${copy} | tar -xzf -`,
        unpacked,
      );
      expect(sh("sha256sum -c SHA256SUMS", join(unpacked, RUN))).toContain("files.tar.gz: OK");
      expect(sandbox.scripts.join("\n")).not.toContain("horse");
      expect(readdirSync(sandbox.path("/var/backups/k8s-ha"))).toEqual([RUN]);
    });

    it("leaves no partial copy under the final name", async () => {
      using sandbox = host();
      sandbox.answer("openssl", "exit 1");
      const passphraseFile = join(operator, "passphrase");
      writeFileSync(passphraseFile, "correct horse\n");
      const encrypted: BackupChange = { ...change, host: "lb2", operatorCopy: "encrypted", passphraseFile };
      await expect(make(sandbox, encrypted)).rejects.toMatchObject({ host: "lb2" });
      expect(readdirSync(folder).filter((name) => name.startsWith("lb2"))).toEqual([]);
    });

    it("fails if the host sends nothing for two minutes", async () => {
      using sandbox = host();
      const plain: BackupChange = { ...change, host: "master2", operatorCopy: "plain" };
      const timeouts: { seconds: number; run: () => void }[] = [];
      const original = globalThis.setTimeout;
      const timer = vi.spyOn(globalThis, "setTimeout").mockImplementation(((run: () => void, ms: number) => {
        timeouts.push({ seconds: ms / 1000, run });
        return original(() => undefined, 0);
      }) as typeof setTimeout);
      // The host is silent for longer than it takes to notice that, and does not end.
      sandbox.answer("tee", `: >"$1"; sleep 10`);
      const made = make(sandbox, plain);
      await vi.waitUntil(() => timeouts.some(({ seconds }) => seconds === 120), { timeout: 20_000 });
      timer.mockRestore();
      timeouts.find(({ seconds }) => seconds === 120)?.run();
      await expect(made).rejects.toThrow("cannot write the operator's copy: the host sent no data for 120 s");
    });

    it("fails if the operator's disk is full, and leaves nothing there", async () => {
      using sandbox = host();
      mkdirSync(folder, { recursive: true });
      symlinkSync("/dev/full", join(folder, "master2.tar.gz.part"));
      await expect(
        make(sandbox, { ...change, host: "master2", operatorCopy: "plain" }),
      ).rejects.toMatchObject({
        message: expect.stringContaining("ENOSPC") as unknown,
      });
      expect(readdirSync(folder).filter((name) => name.startsWith("master2"))).toEqual([]);
    });

    it("rejects a truncated copy", async () => {
      using sandbox = host();
      sandbox.answer("tee", 'cat >"$SANDBOX/all"; cat "$SANDBOX/all" >"$1"; head -c 99 "$SANDBOX/all"');
      await expect(
        make(sandbox, { ...change, host: "master3", operatorCopy: "plain" }),
      ).rejects.toMatchObject({
        host: "master3",
        message: expect.stringContaining("differs from the copy that the host sent") as unknown,
      });
      expect(readdirSync(folder).filter((name) => name.startsWith("master3"))).toEqual([]);
    });

    it("fails if not everything can be packed", async () => {
      using sandbox = host();
      const nothing: BackupChange = {
        ...change,
        host: "master1",
        operatorCopy: "plain",
        paths: ["/etc/none"],
      };
      sandbox.answer("tar", "printf half; echo 'tar: file changed' >&2; exit 1");
      await expect(make(sandbox, nothing)).rejects.toMatchObject({ stderr: "tar: file changed\n" });
      expect(readdirSync(folder).filter((name) => name.startsWith("master1"))).toEqual([]);
    });
  });
});

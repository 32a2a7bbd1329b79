import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { kubeadmPreflight } from "../../src/machine/kubeadm-preflight.js";
import { Sandbox } from "./sandbox.js";

/** A kubeadm that supports the dry run, stores its input, and exits like this. */
function kubeadm(sandbox: Sandbox, ending: string): void {
  sandbox.answer(
    "kubeadm",
    `case "$*" in *--help*) echo "      --dry-run   Don't apply any changes"; exit ;; esac
cat >"$SANDBOX/config"; echo "$KUBEADM_INIT_DRYRUN_DIR" >"$SANDBOX/folder"
${ending}`,
  );
}

const ask = (sandbox: Sandbox, ignored: readonly string[] = []) =>
  sandbox.host().ask(kubeadmPreflight("kind: InitConfiguration\n", ignored));

describe("kubeadm's own preflight", () => {
  it("is empty if kubeadm reports no error, and leaves no files", async () => {
    using sandbox = new Sandbox();
    kubeadm(sandbox, "echo '[WARNING Hostname]: hm' >&2");
    expect(await ask(sandbox, ["Swap", "Mem"])).toEqual([]);
    expect(sandbox.read("/config")).toBe("kind: InitConfiguration\n");
    expect(sandbox.calls("kubeadm").at(-1)?.slice(-2)).toEqual(["--ignore-preflight-errors", "Swap,Mem"]);
    expect(existsSync(sandbox.read("/folder").trim())).toBe(false);
  });

  it("lists each failed check, and omits warnings", async () => {
    using sandbox = new Sandbox();
    // As printed by kubeadm 1.37.2.
    kubeadm(
      sandbox,
      `cat >&2 <<'END'
E1130 05:16:52.823423     469 remote_runtime.go:1359] "RuntimeConfig from runtime service failed"
	[WARNING ContainerRuntimeVersion]: You must update your container runtime
[preflight] Some fatal errors occurred:
	[ERROR CRI]: container runtime is not running: output: no socket
, error: exit status 1
	[ERROR DirAvailable--var-lib-etcd]: /var/lib/etcd is not empty
[preflight] If you know what you are doing, you can make a check non-fatal with \`--ignore-preflight-errors=...\`
error: error execution phase preflight: preflight checks failed
END
exit 1`,
    );
    expect(await ask(sandbox)).toEqual([
      { check: "CRI", what: "container runtime is not running: output: no socket , error: exit status 1" },
      { check: "DirAvailable--var-lib-etcd", what: "/var/lib/etcd is not empty" },
    ]);
  });

  it("has no check name if kubeadm rejects the configuration", async () => {
    using sandbox = new Sandbox();
    const message = 'error: featureGates: Invalid value: {"Nope":true}: Nope is not a valid feature name.';
    kubeadm(sandbox, `echo '${message}' >&2; echo 'To see the stack trace' >&2; exit 3`);
    expect(await ask(sandbox)).toEqual([{ what: message.replace("error: ", "") }]);
    kubeadm(sandbox, "exit 124");
    expect(await ask(sandbox)).toEqual([{ what: "exit code 124 of kubeadm init phase preflight" }]);
  });

  it("parses a rejected configuration of kubeadm up to 1.33, which has no prefix", async () => {
    using sandbox = new Sandbox();
    const message =
      'featureGates: Invalid value: map[string]bool{"Nope":true}: Nope is not a valid feature name.';
    const beside = [
      "I1130 05:16:52.823423     469 version.go:1] hm",
      "To see the stack trace of this error execute with --v=5 or higher",
    ];
    kubeadm(sandbox, `cat >&2 <<'END'\n${beside[0] ?? ""}\n${message}\n${beside[1] ?? ""}\nEND\nexit 3`);
    expect(await ask(sandbox)).toEqual([{ what: message }]);
  });

  it("skips a kubeadm without the dry run, which would pull images, and a machine that is joining", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("kubeadm", "exit 1");
    expect(await ask(sandbox)).toEqual([]);
    expect(sandbox.calls("kubeadm").map((call) => call.at(-1))).toEqual(["--help"]);
  });
});

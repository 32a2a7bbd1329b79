import { describe, expect, it } from "vitest";
import { runAsUnit } from "../../src/machine/systemd.js";
import { sh } from "../../src/shell/shell.js";
import { Sandbox } from "./sandbox.js";

/**
 * A minimal systemd: a unit runs to its end at once; one whose state a test has written to `/state` ends after a
 * moment. A command line is expanded as systemd does it.
 */
function systemd(sandbox: Sandbox): void {
  sandbox.answer(
    "systemd-run",
    `while [ "$1" != /bin/sh ]; do shift; done
for word do shift; set -- "$@" "$(printf '%s' "$word" | sed 's/[$][$]/$/g')"; done
"$@"
exit 0`,
  );
  sandbox.answer(
    "systemctl",
    `[ "$1" = show ] || exit 3
if [ -f "$SANDBOX/state" ]; then cat "$SANDBOX/state"; rm "$SANDBOX/state"; else echo ActiveState=inactive; fi`,
  );
}
const run = (sandbox: Sandbox, script = sh`echo "it's done"; echo warning >&2`): Promise<string> =>
  runAsUnit(sandbox.host(), "images", script, { timeoutSeconds: 900 });

describe("runAsUnit", () => {
  it("runs the script as a unit with a time limit, and returns all its output", async () => {
    using sandbox = new Sandbox();
    systemd(sandbox);
    expect(await run(sandbox)).toBe("it's done\nwarning\n");
    const [call = []] = sandbox.calls("systemd-run");
    expect(call).toEqual(
      expect.arrayContaining(["--unit=k8s-ha-images.service", "timeout", "900", "/bin/sh"]),
    );
    expect(call.filter((word) => word.startsWith("--property"))).toEqual([]);
  });

  it("fails with the script's own exit code and the end of its output", async () => {
    using sandbox = new Sandbox();
    systemd(sandbox);
    await expect(run(sandbox, sh`echo pulling; echo no such image; exit 9`)).rejects.toMatchObject({
      code: 9,
      stderr: "pulling\nno such image\n",
    });
  });

  it("passes every dollar sign of the script to the shell", async () => {
    using sandbox = new Sandbox();
    systemd(sandbox);
    expect(await run(sandbox, sh`x=1; [ $$ -gt 1 ] && echo "$x" '$$'`)).toBe("1 $$\n");
  });

  it("shows the script or `shownAs` in an error, not the wrapper", async () => {
    using sandbox = new Sandbox();
    systemd(sandbox);
    const script = sh`trap : EXIT; exit 9`;
    await expect(run(sandbox, script)).rejects.toMatchObject({
      message: "exit code 9 from: trap : EXIT; exit 9",
    });
    const shown = runAsUnit(sandbox.host(), "join", script, { timeoutSeconds: 9, shownAs: "kubeadm join" });
    await expect(shown).rejects.toMatchObject({ message: "exit code 9 from: kubeadm join" });
  });

  it.each(["active", "activating", "deactivating"])(
    "follows a unit that is %s, and does not start it twice",
    async (state) => {
      using sandbox = new Sandbox();
      systemd(sandbox);
      sandbox.file("/state", `ActiveState=${state}\n`);
      sandbox.file("/run/k8s-ha/images.log", "pulled by the former run\n");
      sandbox.file("/run/k8s-ha/images.code", "0\n");
      expect(await run(sandbox)).toBe("pulled by the former run\n");
      expect(sandbox.calls("systemd-run")).toEqual([]);
    },
  );

  it("does not use the result of an earlier unit", async () => {
    using sandbox = new Sandbox();
    systemd(sandbox);
    sandbox.answer("systemd-run", "exit 0");
    sandbox.file("/run/k8s-ha/images.code", "0\n");
    await expect(run(sandbox)).rejects.toMatchObject({
      message: expect.stringContaining("k8s-ha-images.service was stopped before it finished") as unknown,
    });
  });

  it("fails if the unit cannot be started", async () => {
    using sandbox = new Sandbox();
    systemd(sandbox);
    sandbox.answer("systemd-run", "echo 'Failed to connect to bus' >&2; exit 1");
    await expect(run(sandbox)).rejects.toMatchObject({ code: 1, stderr: "Failed to connect to bus\n" });
  });
});

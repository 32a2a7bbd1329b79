import { describe, expect, it } from "vitest";
import { runAsUnit } from "../../src/machine/systemd.js";
import { sh } from "../../src/shell/shell.js";
import { Sandbox } from "./sandbox.js";

/** systemd in a few lines: a unit runs to its end at once; one that a test calls running ends after a moment. */
function systemd(sandbox: Sandbox): void {
  sandbox.answer("systemd-run", 'while [ "$1" != /bin/sh ]; do shift; done; "$@"; exit 0');
  sandbox.answer(
    "systemctl",
    `case "$1" in
is-active) if [ -f "$SANDBOX/running" ]; then rm "$SANDBOX/running"; exit 0; fi; exit 3 ;;
show) echo ActiveState=inactive ;;
esac`,
  );
}
const run = (sandbox: Sandbox, script = sh`echo "it's done"; echo warning >&2`): Promise<string> =>
  runAsUnit(sandbox.host(), "images", script, { timeoutSeconds: 900 });

describe("runAsUnit", () => {
  it("runs the script as a unit with a time limit, and gives all its output", async () => {
    using sandbox = new Sandbox();
    systemd(sandbox);
    expect(await run(sandbox)).toBe("it's done\nwarning\n");
    const [call = []] = sandbox.calls("systemd-run");
    expect(call).toEqual(
      expect.arrayContaining(["--unit=k8s-ha-images.service", "--property=RuntimeMaxSec=900"]),
    );
  });

  it("fails with the script's own exit code and the end of its output", async () => {
    using sandbox = new Sandbox();
    systemd(sandbox);
    await expect(run(sandbox, sh`echo pulling; echo no such image; exit 9`)).rejects.toMatchObject({
      code: 9,
      stderr: "pulling\nno such image\n",
    });
  });

  it("follows a unit that a stopped run left running, and does not start it twice", async () => {
    using sandbox = new Sandbox();
    systemd(sandbox);
    sandbox.file("/running", "");
    sandbox.file("/run/k8s-ha/images.log", "pulled by the former run\n");
    sandbox.file("/run/k8s-ha/images.code", "0\n");
    expect(await run(sandbox)).toBe("pulled by the former run\n");
    expect(sandbox.calls("systemd-run")).toEqual([]);
  });

  it("does not take the result of an earlier unit for its own", async () => {
    using sandbox = new Sandbox();
    systemd(sandbox);
    sandbox.answer("systemd-run", "exit 0");
    sandbox.file("/run/k8s-ha/images.code", "0\n");
    await expect(run(sandbox)).rejects.toMatchObject({
      message: expect.stringContaining("k8s-ha-images.service was ended before it was done") as unknown,
    });
  });

  it("fails where the unit cannot be started", async () => {
    using sandbox = new Sandbox();
    systemd(sandbox);
    sandbox.answer("systemd-run", "echo 'Failed to connect to bus' >&2; exit 1");
    await expect(run(sandbox)).rejects.toMatchObject({ code: 1, stderr: "Failed to connect to bus\n" });
  });
});

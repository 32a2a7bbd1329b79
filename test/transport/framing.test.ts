import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { sh, type Shell } from "../../src/shell/shell.js";
import { AfterMarker, frame } from "../../src/transport/framing.js";

/** The output of a script on a host whose login has this environment. */
function onHost(script: Shell, env: NodeJS.ProcessEnv): string {
  const marker = "k8s-ha-test";
  const { line, stdin } = frame(script, undefined, { privilege: { how: "root" }, marker, timeoutMs: 5000 });
  const { stdout } = spawnSync("/bin/sh", ["-c", line], { env, input: stdin });
  return new AfterMarker(marker).push(stdout).toString();
}
const PATH = "/usr/bin:/bin";

describe("a script's environment", () => {
  it("has English messages, for any locale of the host", () => {
    const german = { PATH, LANG: "de_DE.UTF-8", LC_MESSAGES: "de_DE.UTF-8", LC_ALL: "de_DE.UTF-8" };
    expect(onHost(sh`env | grep ^LC_ALL=`, german)).toBe("LC_ALL=C\n");
  });

  it("has the directories that sudo's secure_path omits, after those of the host", () => {
    const printed = onHost(sh`env | grep ^PATH=`, { PATH });
    expect(printed).toBe(`PATH=${PATH}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n`);
  });

  it("has no proxy: requests go to the cluster", () => {
    const names = ["http", "https", "all", "no"].flatMap((kind) => [
      `${kind}_proxy`,
      `${kind}_PROXY`.toUpperCase(),
    ]);
    const proxies = Object.fromEntries(names.map((name) => [name, "http://proxy.example:3128"]));
    expect(onHost(sh`env | grep -i proxy`, { PATH, ...proxies })).toBe("");
  });
});

import { describe, expect, it } from "vitest";
import { freeSpace } from "../../src/machine/free-space.js";
import { Sandbox } from "./sandbox.js";

describe("the free space", () => {
  it("is that of a path's file system, or of its nearest existing parent's", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/var/lib/x", "");
    sandbox.answer(
      "df",
      `echo "Filesystem 1048576-blocks Used Available Capacity Mounted on"
echo "/dev/a 100 23 77 23% /mnt/$(basename "$3") of it"`,
    );
    expect(await sandbox.host().ask(freeSpace(["/var/lib", "/var/lib/none/at all"]))).toEqual([
      { path: "/var/lib", mount: "/mnt/lib of it", freeMiB: 77 },
      { path: "/var/lib/none/at all", mount: "/mnt/lib of it", freeMiB: 77 },
    ]);
  });

  it("is read with the real df", async () => {
    using sandbox = new Sandbox();
    sandbox.lacks("df");
    const [root] = await sandbox.host().ask(freeSpace(["/none"]));
    expect(root).toEqual({ path: "/none", mount: "/", freeMiB: expect.any(Number) as number });
  });
});

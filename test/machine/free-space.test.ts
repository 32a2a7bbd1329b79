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
[ "$1" != -i ] || { echo "/dev/a 100 23 77 23% /mnt"; exit; }
echo "/dev/a 100 23 77 23% /mnt/$(basename "$3") of it"`,
    );
    expect(await sandbox.host().ask(freeSpace(["/var/lib", "/var/lib/none/at all"]))).toEqual([
      { path: "/var/lib", mount: "/mnt/lib of it", freeMiB: 77, freeInodes: 77 },
      { path: "/var/lib/none/at all", mount: "/mnt/lib of it", freeMiB: 77, freeInodes: 77 },
    ]);
  });

  it("has no number of inodes where the file system has none, as btrfs", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("df", `if [ "$1" = -i ]; then echo "/dev/a 0 0 0 - /"; else echo "/dev/a 9 2 7 3% /"; fi`);
    expect(await sandbox.host().ask(freeSpace(["/var"]))).toEqual([{ path: "/var", mount: "/", freeMiB: 7 }]);
  });

  it("is read with the real df", async () => {
    using sandbox = new Sandbox();
    sandbox.lacks("df");
    const [root] = await sandbox.host().ask(freeSpace(["/none"]));
    expect(root).toMatchObject({ path: "/none", mount: "/", freeMiB: expect.any(Number) as number });
  });
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { describe, expect, it } from "vitest";

const [DISK, IDENTITY] = ["disk", "identity"].map((name) =>
  fileURLToPath(new URL(`../lab/${name}.ts`, import.meta.url)),
);

describe("the lab's disk", () => {
  it.each(["private", "shared"])(
    "is unmounted with all its mounts on a machine whose root is %s, even if a file in its run folder is open",
    async (propagation) => {
      const cache = mkdtempSync(join(tmpdir(), "k8s-ha-disk-"));
      const script = `
import { mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { isMounted, mountDisk, unmountDisk } from ${JSON.stringify(DISK)};
import { labIdentity } from ${JSON.stringify(IDENTITY)};
const lab = labIdentity("disk", ${JSON.stringify(cache)});
await mountDisk(lab);
mkdirSync(lab.runFolder, { recursive: true });
openSync(join(lab.runFolder, "console"), "w");
const up = isMounted(lab);
await unmountDisk(lab);
console.log(JSON.stringify([up, isMounted(lab)]));`;
      const node = [process.execPath, "--import", "tsx", "--input-type=module", "-e", script];
      const { stdout } = await execa("unshare", ["--mount", `--propagation=${propagation}`, ...node]);
      expect(JSON.parse(stdout)).toEqual([true, false]);
      rmSync(cache, { recursive: true });
    },
  );
});

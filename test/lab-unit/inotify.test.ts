import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { putBackInotifyLimit, raiseInotifyLimit } from "../lab/inotify.js";
import type { LabIdentity } from "../lab/identity.js";

describe("the machine's limit of inotify instances", () => {
  let lab: LabIdentity;
  let file: string;
  const limit = () => readFileSync(file, "utf8").trim();

  beforeEach(() => {
    const runFolder = mkdtempSync(join(tmpdir(), "inotify-"));
    lab = { runFolder } as LabIdentity;
    file = join(runFolder, "limit");
    writeFileSync(file, "128\n");
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
  });

  it("is raised for many hosts, and restored", () => {
    raiseInotifyLimit(lab, 10, file);
    expect(limit()).toBe("176");
    putBackInotifyLimit(lab, file);
    expect(limit()).toBe("128");
  });

  it("is unchanged if it is sufficient", () => {
    writeFileSync(file, "8192\n");
    raiseInotifyLimit(lab, 10, file);
    putBackInotifyLimit(lab, file);
    expect(limit()).toBe("8192");
  });

  it("keeps a value that was changed since", () => {
    raiseInotifyLimit(lab, 10, file);
    writeFileSync(file, "1024\n");
    putBackInotifyLimit(lab, file);
    expect(limit()).toBe("1024");
  });
});

import { describe, expect, it } from "vitest";
import { unifiedDiff } from "../../src/changes/diff.js";

describe("unifiedDiff", () => {
  it("shows three lines of context and nothing twice", () => {
    const before = "a\nb\nc\nd\ne\nf\ng\nh\n";
    expect(unifiedDiff("/etc/x", before, before.replace("e", "E"))).toBe(
      "@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h",
    );
  });

  it("shows a new file as added lines, empty ones included", () => {
    expect(unifiedDiff("/etc/x", undefined, "a\n\nb\n")).toBe("+ a\n+ \n+ b");
  });

  it("ignores a missing newline at the end, and nothing else", () => {
    expect(unifiedDiff("/etc/x", "a", "b")).toBe("@@ -1,1 +1,1 @@\n-a\n+b");
  });

  it("keeps changed lines that themselves begin with dashes or pluses", () => {
    const diff = unifiedDiff("/etc/x", "a\n-- old: x\n", "a\n++ new: y\n");
    expect(diff).toContain("--- old: x");
    expect(diff).toContain("+++ new: y");
  });
});

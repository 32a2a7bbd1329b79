import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { Sandbox } from "../machine/sandbox.js";
import { stateBefore, make, undoChange } from "./context.js";
import { itIsShownAs } from "./shown.js";

const change: Change = {
  kind: "images",
  host: "master2",
  criSocket: "/run/containerd/containerd.sock",
  images: ["r/a:1", "r/b:1", "r/c:1"],
};

describe("images", () => {
  itIsShownAs(change, {
    mark: "+",
    describe: "pull 3 images",
    diff: "+ r/a:1\n+ r/b:1\n+ r/c:1",
  });

  it("are pulled one after the other, none after one that failed", async () => {
    using sandbox = new Sandbox();
    sandbox.runsUnits();
    sandbox.answer("crictl", 'case "$*" in *b:1*) echo "no such image" >&2; exit 1 ;; esac');
    await expect(make(sandbox, change)).rejects.toMatchObject({ code: 1, stderr: "no such image\n" });
    expect(sandbox.calls("crictl").map((call) => call.slice(3).join(" "))).toEqual([
      "pull r/a:1",
      "pull r/b:1",
    ]);
  });

  it("are removed if they still exist", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("crictl", 'case "$*" in *inspecti*gone*) exit 1 ;; esac');
    const pulled: Change = { ...change, images: ["here", "gone"] };
    await undoChange(sandbox, pulled, await stateBefore(sandbox, pulled));
    const removed = sandbox.calls("crictl").filter((call) => call.includes("rmi"));
    expect(removed.map((call) => call.at(-1))).toEqual(["here"]);
  });
});

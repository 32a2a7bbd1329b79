import { describe, expect, it, onTestFinished, vi } from "vitest";
import { presentFleet } from "../../src/cli/roll-back-after.js";
import { Sandbox } from "../machine/sandbox.js";

describe("the fleet of an automatic rollback", () => {
  /** The hosts that are skipped, and what was printed. */
  const decide = (silent: readonly string[], lost: readonly string[] = []) => {
    const printed: string[] = [];
    const write = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      printed.push(String(text));
      return true;
    });
    onTestFinished(() => {
      write.mockRestore();
    });
    using sandbox = new Sandbox();
    const fleet = presentFleet(sandbox.fleet().without(lost), silent, "inventory.yaml");
    return { skipped: fleet && [...fleet.lost], printed: printed.join("") };
  };

  it("has all hosts if all respond", () => {
    expect(decide([])).toEqual({ skipped: [], printed: "" });
  });

  it("lacks a host that does not respond and may be skipped", () => {
    expect(decide(["worker1"], ["lb2"])).toEqual({
      skipped: ["lb2", "worker1"],
      printed: "worker1 does not respond: rolling back without it, as with --skip-host worker1\n",
    });
  });

  it.each([
    [["worker1", "master2"], [], "master2 does not respond", "Replacing a lost machine"],
    [["lb1"], ["lb2"], "lb1 does not respond", "repair one of the load balancers"],
  ])("does not exist if %j do not respond and %j are skipped", (silent, lost, what, fix) => {
    const { skipped, printed } = decide(silent, lost);
    expect(skipped).toBeUndefined();
    expect(printed).toContain(`not rolled back: ${what}`);
    expect(printed).toContain(fix);
    expect(printed).toContain("k8s-ha rollback -i inventory.yaml");
  });
});

import { describe, expect, it } from "vitest";
import { completions, type Names } from "../../src/cli/complete.js";
import { makeProgram } from "../../src/cli/program.js";

const named = (values: readonly string[]) => values.map((value) => ({ value, what: "" }));
const names: Names = {
  steps: (playbook) => Promise.resolve(named([`of-${playbook ?? "built-in"}`, "haproxy"])),
  hosts: (inventory) => Promise.resolve(named([`of-${inventory}`, "m1", "m2"])),
};

/** Completes the last word of a line; it is empty after a space. */
async function complete(line: string) {
  const { candidates, files } = await completions(makeProgram(), line.split(" "), names);
  return { values: candidates.map(({ value }) => value), files };
}

describe("completion", () => {
  it.each([
    ["mi", ["migrate"]],
    ["inventory ", ["convert", "help"]],
    ["migrate --res", ["--resume"]],
    ["migrate --until ", ["of-built-in", "haproxy"]],
    ["migrate --until ha", ["haproxy"]],
    ["migrate --until=ha", ["haproxy"]],
    ["migrate --playbook p.yaml --until of", ["of-p.yaml"]],
    ["migrate --limit ", ["of-inventory.yaml", "m1", "m2"]],
    ["migrate -i a.yaml --limit of", ["of-a.yaml"]],
    ["migrate --inventory=b.yaml --limit of", ["of-b.yaml"]],
    ["migrate --limit m1,", ["m1,of-inventory.yaml", "m1,m2"]],
    ["plan --skip-host m", ["m1", "m2"]],
    ["migrate --on-failure r", ["rollback"]],
    ["steps ", ["of-built-in", "haproxy"]],
    ["steps haproxy ", []],
    ["completion ", ["bash", "zsh", "fish"]],
    ["nonsense ", []],
  ])("of %j", async (line, values) => {
    expect(await complete(line)).toEqual({ values, files: false });
  });

  it.each(["plan -i ", "migrate --out ", "inventory convert ", "init --identity-file a b"])(
    "of %j is that of files",
    async (line) => {
      expect(await complete(line)).toEqual({ values: [], files: true });
    },
  );

  it("names no hosts for machines that are new", async () => {
    expect(await complete("init --join ")).toEqual({ values: [], files: false });
  });

  it("lists every command, but none that is only for scripts", async () => {
    const { values } = await complete("");
    expect(values).toEqual(expect.arrayContaining(["init", "migrate", "status", "completion"]));
    expect(values).not.toContain("complete");
  });

  it("lists options after those with several values", async () => {
    const { values } = await complete("init --join a b --");
    expect(values).toEqual(expect.arrayContaining(["--vip", "--lb", "--help"]));
  });
});

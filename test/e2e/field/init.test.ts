import { copyFile, mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { parseDocument, stringify } from "yaml";
import { parseInventory } from "../../../src/inventory/load.js";
import { useScenario } from "../beginning.js";
import { Program, sorted } from "../k8s-ha.js";
import { optionsFor, WISHES } from "../../init/machine-options.js";

const SCENARIO = process.env["K8S_HA_SCENARIO"] ?? "default";
const MAIN = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));

describe(`the inventory that init writes for the scenario ${SCENARIO}`, () => {
  const { lab, start } = useScenario(SCENARIO);
  let file: string;
  let seconds: number;

  /** Runs `k8s-ha init` for the scenario's machines, with these further options. */
  const init = async (...options: string[]) => {
    const { inventory } = parseInventory(await readFile(lab.inventoryPath(), "utf8"), lab.inventoryPath());
    const { identityFiles = [], knownHostsFiles = [], user = "admin" } = inventory.ssh;
    const [first] = inventory.controlPlane;
    // The lab's workers that are in the inventory are nodes already.
    const { join: joining, lb, vip } = optionsFor(inventory, first === undefined ? [] : [first]);
    const address = first?.address ?? "";
    const from = address.includes(":") ? `${user}@[${address}]` : `${user}@${address}`;
    return lab.exec([
      ...[process.execPath, MAIN, "init", "--from", from],
      ...["--identity-file", ...identityFiles, "--known-hosts-file", ...knownHostsFiles],
      ...["--join", ...joining, ...(lb === undefined ? [] : ["--lb", ...lb])],
      ...options.map((option) => (option === "VIP" ? vip : option)),
    ]);
  };

  beforeAll(async () => {
    file = join(await mkdtemp(join(tmpdir(), "k8s-ha-init-")), "inventory.yaml");
    const before = Date.now();
    const { exitCode, stderr } = await init("--vip", "VIP", "--output", file);
    seconds = (Date.now() - before) / 1000;
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringContaining(`written: ${file}`) as string,
    });
  });

  it("is written within a minute, and never overwritten", async () => {
    expect(seconds).toBeLessThan(60);
    const { exitCode, stderr } = await init("--vip", "VIP", "--output", file);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("exists, and is not overwritten");
  });

  it("has the same plan as the scenario's own inventory", async () => {
    const written = await Program.make(lab);
    const own = parseDocument(await readFile(written.inventory, "utf8"));
    await copyFile(file, written.inventory);
    // What an operator wishes is set as in the scenario; see WISHES.
    for (const path of ["kubeadm.ignorePreflightErrors", ...(WISHES[SCENARIO] ?? [])]) {
      const value: unknown = own.getIn(path.split("."));
      if (value !== undefined) written.edit({ [path]: value });
    }
    // The program of each inventory has a folder of its own.
    const planOf = async (program: Program) =>
      JSON.parse(
        JSON.stringify(sorted(await program.planned())).replaceAll(program.folder, "FOLDER"),
      ) as unknown;
    expect(await planOf(written)).toEqual(await planOf(start().program));
  });

  it("can be planned without an edit", async () => {
    const { stdout } = await lab.exec([process.execPath, MAIN, "plan", "--json", "-i", file]);
    const { steps } = JSON.parse(stdout) as {
      steps: readonly { problems: readonly { severity: string; what: string }[] }[];
    };
    const blockers = steps
      .flatMap(({ problems }) => problems)
      .filter(({ severity }) => severity === "blocker")
      .map(({ what }) => what);
    // What an operator has to know of the machines: configuration of others that may be replaced, cgroup v1.
    const expected = /is not managed by k8s-ha and would be replaced|cgroup v1|SystemVerification/;
    expect(blockers.filter((what) => !expected.test(what))).toEqual([]);
  });

  it("needs a VIP, and names a free address if none is chosen", async () => {
    const { exitCode, stderr } = await init("--output", "-");
    // The endpoint of an external load balancer has no VIP of its own to propose.
    expect(
      { exitCode, hasProposal: /seems to be free[^]*pass --vip /.test(stderr) },
      stringify(stderr),
    ).toEqual({
      exitCode: 2,
      hasProposal: true,
    });
  });
});

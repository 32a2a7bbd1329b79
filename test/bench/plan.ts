import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { inventorySchema } from "../../src/inventory/schema.js";
import { members } from "../../src/inventory/targets.js";
import { Program } from "../e2e/k8s-ha.js";
import { Lab } from "../lab/lab.js";

const ROUNDS = 9;

/**
 * The duration of a plan of the lab's cluster, compared with one `ssh HOST true` for each of its hosts in parallel: the
 * minimum cost of the connections. Both are measured alternately, so that a busy machine slows both.
 */
async function benchmark(): Promise<void> {
  const lab = new Lab();
  const program = await Program.make(lab);
  const { key, knownHosts } = lab.files();
  const inventory = inventorySchema.parse(parse(readFileSync(program.inventory, "utf8")));
  const logins = members(inventory).map(
    ({ host }) =>
      `ssh -i ${key} -o UserKnownHostsFile=${knownHosts} ${inventory.ssh.user}@${host.address} true &`,
  );
  const ways = {
    ssh: () => lab.exec(["sh", "-c", `${logins.join("\n")}\nwait`]),
    plan: () => program.run("plan"),
  };
  const times = { ssh: [] as number[], plan: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of ["ssh", "plan"] as const) {
      const started = performance.now();
      const { exitCode, stderr } = await ways[name]();
      if (exitCode !== 0) throw new Error(`${name}: ${stderr}`);
      times[name].push(performance.now() - started);
    }
  }
  const [ssh, plan] = [median(times.ssh), median(times.plan)];
  process.stdout.write(
    `${logins.length} times ssh: ${ssh.toFixed(0)} ms; plan: ${plan.toFixed(0)} ms; ratio ${(plan / ssh).toFixed(2)} (medians of ${ROUNDS})\n`,
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

await benchmark();

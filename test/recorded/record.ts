/**
 * `npm run record [-- VERSION…]`: records the facts of every step on the lab before and after migrations, for the tests
 * of the steps' plans, and the schema that they are read with. The files are not edited by hand.
 */
import { join } from "node:path";
import { Program } from "../e2e/k8s-ha.js";
import { Lab } from "../lab/lab.js";
import { clearFacts, type FactsState, VERSIONS, writeSchema } from "./facts-file.js";
import { factsSchema } from "./schema.js";

async function record(version: string): Promise<void> {
  const lab = new Lab({ name: `v${version.replaceAll(".", "")}`, audience: "stderr" });
  try {
    await lab.fresh({ scenario: "default", kubernetes: version });
    const program = await Program.make(lab);
    const look = async (state: FactsState) => {
      const script = ["--import", "tsx", join(import.meta.dirname, "look.ts")];
      const words = [process.execPath, ...script, program.inventory, version, state];
      const { exitCode, stderr } = await lab.exec(words);
      if (exitCode !== 0) throw new Error(`${version}, ${state}: exit code ${exitCode}\n${stderr}`);
    };
    const migrate = async () => {
      const { exitCode, stdout, stderr } = await program.run("migrate", "--yes");
      if (exitCode !== 0) throw new Error(`${version}: exit code ${exitCode}\n${stdout}\n${stderr}`);
    };
    clearFacts(version);
    await look("fresh");
    await migrate();
    await look("migrated");
    program.edit({ "cluster.advertise": "endpoint", "cluster.kubeconfigs": "endpoint" });
    await migrate();
    await look("endpoint");
  } finally {
    await lab.down();
  }
}

writeSchema(factsSchema());
const asked = process.argv.slice(2);
for (const version of asked.length > 0 ? asked : VERSIONS) await record(version);

/** Records the facts of every step on reachable hosts: `look.ts INVENTORY VERSION STATE`. */
import { connect } from "../../src/engine/connect.js";
import { loadInventory } from "../../src/inventory/load.js";
import { allSteps } from "../../src/steps/all.js";
import { nodeSshTransport } from "../../src/transport/node-ssh.js";
import { isState, writeFacts } from "./facts-file.js";

const [inventoryFile = "", version = "", state = ""] = process.argv.slice(2);
if (!isState(state)) throw new Error(`${state} is no state that is recorded`);
const { inventory } = await loadInventory(inventoryFile);
const { fleet, close } = await connect(inventory, nodeSshTransport());
const look = fleet.look();
for (const step of allSteps) writeFacts(version, state, step.id, await step.probe(look));
await close();

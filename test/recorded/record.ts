/**
 * Records the facts that every step finds, for the tests of their plans:
 * `node --import tsx test/recorded/record.ts INVENTORY STATE`, where the hosts can be reached.
 */
import { connect } from "../../src/engine/connect.js";
import { loadInventory } from "../../src/inventory/load.js";
import { allSteps } from "../../src/steps/all.js";
import { nodeSshTransport } from "../../src/transport/node-ssh.js";
import { writeFacts } from "./facts-file.js";

const [inventoryFile = "", state = ""] = process.argv.slice(2);
const { inventory } = await loadInventory(inventoryFile);
const { fleet, close } = await connect(inventory, nodeSshTransport());
const look = fleet.look();
for (const step of allSteps) writeFacts(state, step.id, await step.probe(look));
await close();

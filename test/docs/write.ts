import { readFileSync, writeFileSync } from "node:fs";
import { inventoryKeys } from "./keys.js";
import { withReference } from "./reference.js";

const page = new URL("../../docs/inventory.md", import.meta.url);
writeFileSync(page, await withReference(readFileSync(page, "utf8"), inventoryKeys()));

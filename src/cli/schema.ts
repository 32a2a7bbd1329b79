import type { Command } from "@commander-js/extra-typings";

/** `k8s-ha schema`. */
export function addSchema(program: Command): void {
  program
    .command("schema")
    .description("print the JSON Schema of the inventory, for completion and checks in editors")
    .action(async () => {
      const { inventoryJsonSchema } = await import("../inventory/json-schema.js");
      process.stdout.write(`${JSON.stringify(inventoryJsonSchema(), undefined, 2)}\n`);
    });
}

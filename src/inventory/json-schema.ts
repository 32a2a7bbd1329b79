import * as z from "zod";
import { inventorySchema } from "./schema.js";

/** The first line of an inventory with which editors use the schema in a file next to it. */
export const EDITOR_LINE = "# yaml-language-server: $schema=inventory.schema.json";

/** Markdown's `[text](target)` as `text`: targets are pages of the documentation, which an editor cannot open. */
const withoutLinks = (markdown: string): string => markdown.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, "$1");

/**
 * The JSON Schema (draft 7, which editors support best) of an inventory file. It has every key with its type, its
 * default, its choices and its description; rules between keys, and the forms of addresses, are checked only by k8s-ha.
 */
export function inventoryJsonSchema(): z.core.JSONSchema.BaseSchema {
  return {
    title: "Inventory for k8s-ha",
    $comment: `To use it in an editor, save it as inventory.schema.json, and start the inventory with: ${EDITOR_LINE}`,
    ...z.toJSONSchema(inventorySchema, {
      io: "input",
      target: "draft-7",
      override: ({ jsonSchema }) => {
        if (jsonSchema.description !== undefined)
          jsonSchema.description = withoutLinks(jsonSchema.description);
      },
    }),
  };
}

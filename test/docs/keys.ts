import * as z from "zod";
import { inventorySchema } from "../../src/inventory/schema.js";

/** The parts of a JSON Schema that an inventory's has. */
export interface JsonSchema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** A key of the inventory. */
export interface Key {
  /** As the reference writes it: `controlPlane[].ssh.port`. */
  readonly path: string;
  readonly schema: JsonSchema;
  readonly isRequired: boolean;
  /** A required key of the only other form of a machine, which does not have this key. */
  readonly insteadOf: string | undefined;
}

/** The required keys of the other mappings of a choice that this one does not have. */
function othersOnly(shape: JsonSchema, choice: readonly JsonSchema[]): string[] {
  return choice
    .filter((one) => one !== shape && one.properties !== undefined)
    .flatMap(({ required = [] }) => required.filter((name) => !(name in (shape.properties ?? {}))));
}

function below(schema: JsonSchema, path: string, insteadOf?: string): Key[] {
  const { properties = {}, required = [], items, anyOf = [] } = schema;
  const own = Object.entries(properties).flatMap(([name, child]) => {
    const key = { path: path === "" ? name : `${path}.${name}`, schema: child };
    const isRequired = required.includes(name);
    return [{ ...key, isRequired, insteadOf: isRequired ? insteadOf : undefined }, ...below(child, key.path)];
  });
  const inItems = items === undefined ? [] : below(items, `${path}[]`);
  return [...own, ...inItems, ...anyOf.flatMap((shape) => below(shape, path, othersOnly(shape, anyOf)[0]))];
}

/** Every key of an inventory, once, in the order of the schema. */
export function inventoryKeys(): Key[] {
  const schema = z.toJSONSchema(inventorySchema, { io: "input" }) as JsonSchema;
  return [...new Map(below(schema, "").map((key) => [key.path, key])).values()];
}

import { format } from "prettier";
import type { JsonSchema, Key } from "./keys.js";

const code = (value: unknown): string => `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;

const alternatives = new Intl.ListFormat("en-GB", { type: "disjunction" });

const isEmptyMapping = (value: unknown): boolean => JSON.stringify(value) === "{}";

/** A type in words: "port", "list of paths", "`node` or `endpoint`". */
function typeOf(schema: JsonSchema): string {
  const { type, title, enum: choices, anyOf, items, minimum, maximum } = schema;
  if (choices !== undefined) return alternatives.format(choices.map(code));
  if (schema.const !== undefined) return code(schema.const);
  if (anyOf !== undefined) return alternatives.format(new Set(anyOf.map(typeOf)));
  if (type === "object") return "mapping";
  if (type === "array") return items === undefined ? "list" : `list: ${typeOf(items)}`;
  if (title !== undefined) return title;
  if (type === "integer") return `integer, ${String(minimum)} to ${String(maximum)}`;
  return type === "boolean" ? "`true` or `false`" : (type ?? "any");
}

/** Whether a key is required, or its default as far as the schema has it. */
function presence({ isRequired, insteadOf, schema }: Key): string {
  if (isRequired) return insteadOf === undefined ? "required" : `required unless \`${insteadOf}\``;
  if (schema.default === undefined || isEmptyMapping(schema.default)) return "optional";
  return `default ${code(schema.default)}`;
}

const facts = (key: Key): string => `(${typeOf(key.schema)}, ${presence(key)})`;

/** The equal key of another list of machines, which the reference already has. */
function sameAs(key: Key, before: readonly Key[]): Key | undefined {
  const name = key.path.split("[].")[1];
  const text = JSON.stringify(key.schema);
  return name === undefined
    ? undefined
    : before.find(
        (one) =>
          one.path !== key.path && one.path.endsWith(`[].${name}`) && JSON.stringify(one.schema) === text,
      );
}

function entries(keys: readonly Key[]): string[] {
  const shown: Key[] = [];
  const same: string[] = [];
  return keys.flatMap((key) => {
    if (same.some((path) => key.path.startsWith(`${path}.`))) return [];
    const former = sameAs(key, shown);
    shown.push(key);
    if (former !== undefined) {
      same.push(key.path);
      return [`- \`${key.path}\` (${presence(key)}): as \`${former.path}\`.`];
    }
    if (!/[.[]/.test(key.path)) {
      return [`\n## ${key.path}\n\n${facts(key)} ${key.schema.description ?? ""}\n`];
    }
    return [`- \`${key.path}\` ${facts(key)}: ${key.schema.description ?? ""}`];
  });
}

const BEGIN = "<!-- reference: written by `npm run docs` from src/inventory -->\n";
const END = "<!-- end of the reference -->\n";

/**
 * A page with the reference of these keys between its markers; the rest of the page is unchanged.
 * @throws Error if the page does not have both markers
 */
export async function withReference(page: string, keys: readonly Key[]): Promise<string> {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`the page lacks a marker: ${BEGIN}${END}`);
  const text = await format(entries(keys).join("\n"), {
    parser: "markdown",
    proseWrap: "always",
    printWidth: 100,
  });
  return `${page.slice(0, begin)}${BEGIN}\n${text}\n${page.slice(end)}`;
}

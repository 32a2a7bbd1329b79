import { join } from "node:path";
import ts from "typescript";

/** A JSON Schema, as far as facts need one. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

const root = join(import.meta.dirname, "../..");
const steps = join(root, "src/steps/all.ts");

/** The JSON Schema of each step's facts as they are recorded, by the step's name in `src/steps/all.ts`, from their types. */
export function factsSchema(): Schema {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), (file) => ts.sys.readFile(file)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const program = ts.createProgram([steps], { ...options, noEmit: true });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(steps);
  if (source === undefined) throw new Error(`${steps} is not there`);
  const properties: Record<string, Schema> = {};
  const types = new Types(checker);
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) || statement.importClause?.phaseModifier !== undefined) continue;
    const bindings = statement.importClause?.namedBindings;
    if (bindings === undefined || !ts.isNamedImports(bindings)) continue;
    for (const { name } of bindings.elements) {
      const probe = checker.getTypeAtLocation(name).getProperty("probe");
      const [call] = probe === undefined ? [] : checker.getTypeOfSymbol(probe).getCallSignatures();
      if (call === undefined) throw new Error(`${name.text} has no probe`);
      const facts = checker.getAwaitedType(call.getReturnType());
      if (facts !== undefined) properties[name.text] = types.schemaOf(facts);
    }
  }
  return { type: "object", properties, required: Object.keys(properties), $defs: types.definitions };
}

/** Writes types as schemas; an object that has a name once, as a definition. */
class Types {
  readonly definitions: Record<string, Schema> = {};
  readonly #named = new Map<ts.Type, string>();

  constructor(private readonly checker: ts.TypeChecker) {}

  schemaOf(type: ts.Type): Schema {
    if (type.isUnion()) return this.#union(type);
    if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value };
    const { flags } = type;
    if (flags & ts.TypeFlags.BooleanLiteral) return { const: this.checker.typeToString(type) === "true" };
    if (flags & (ts.TypeFlags.String | ts.TypeFlags.TemplateLiteral)) return { type: "string" };
    if (flags & ts.TypeFlags.Number) return { type: "number" };
    if (flags & ts.TypeFlags.Null) return { type: "null" };
    if (flags & ts.TypeFlags.Unknown) return {};
    const name = type.getSymbol()?.name ?? "";
    const [first, second] = this.checker.getTypeArguments(type as ts.TypeReference);
    if ((name === "ReadonlyMap" || name === "Map") && first && second) {
      const entry = { type: "array", prefixItems: [this.schemaOf(first), this.schemaOf(second)] };
      return object({ $map: { type: "array", items: entry } }, ["$map"]);
    }
    if (this.checker.isArrayType(type) && first) return { type: "array", items: this.schemaOf(first) };
    if (flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) return this.#object(type);
    throw new Error(`facts cannot be of the type ${this.checker.typeToString(type)}`);
  }

  #union(type: ts.UnionType): Schema {
    const types = type.types.filter((each) => !(each.flags & ts.TypeFlags.Undefined));
    const schemas = [...new Map(types.map((each) => [each, this.schemaOf(each)])).values()];
    const [first] = schemas;
    return schemas.length === 1 && first ? first : { anyOf: schemas };
  }

  #object(type: ts.Type): Schema {
    const known = this.#named.get(type);
    if (known !== undefined) return { $ref: `#/$defs/${known}` };
    const symbol = type.aliasSymbol ?? type.getSymbol();
    const isAnonymous = symbol === undefined || symbol.name.startsWith("__");
    let name = symbol?.name ?? "";
    for (let n = 2; name in this.definitions; n++) name = `${symbol?.name ?? ""}${n}`;
    if (!isAnonymous) {
      this.#named.set(type, name);
      this.definitions[name] = {};
    }
    const schema = this.#properties(type);
    if (isAnonymous) return schema;
    this.definitions[name] = schema;
    return { $ref: `#/$defs/${name}` };
  }

  #properties(type: ts.Type): Schema {
    const properties: Record<string, Schema> = {};
    const required: string[] = [];
    for (const property of this.checker.getPropertiesOfType(type)) {
      const its = this.checker.getTypeOfSymbol(property);
      properties[property.name] = this.schemaOf(its);
      const mayLack =
        property.flags & ts.SymbolFlags.Optional ||
        (its.isUnion() && its.types.some(({ flags }) => flags & ts.TypeFlags.Undefined));
      if (!mayLack) required.push(property.name);
    }
    const index = this.checker.getIndexInfoOfType(type, ts.IndexKind.String);
    return object(properties, required, index && this.schemaOf(index.type));
  }
}

/** Objects of the API have more properties than a step looks at, and they are recorded too. */
function object(
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[],
  additionalProperties?: Schema,
): Schema {
  return { type: "object", properties, required, ...(additionalProperties && { additionalProperties }) };
}

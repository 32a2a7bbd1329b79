import { join } from "node:path";
import ts from "typescript";
import { isRecorded, type Schema } from "./facts-file.js";

const project = join(import.meta.dirname, "../..");
const files = { steps: "src/steps/all.ts", checks: "src/steps/preflight/all-checks.ts" };
/** The facts that steps share; each has its own tests. */
const SHARED = "src/steps/ensure.ts";

/**
 * The JSON Schema of the recorded facts of steps and of preflight checks, by their names in the lists of them. Excludes
 * a step that is not recorded, if all its facts are from `src/steps/ensure.ts`.
 * @param root the folder that contains `src`
 */
export function factsSchema(root = project): Record<keyof typeof files, Readonly<Record<string, Schema>>> {
  const { config } = ts.readConfigFile(join(project, "tsconfig.json"), (file) => ts.sys.readFile(file)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, project);
  const paths = Object.values(files).map((file) => join(root, file));
  const program = ts.createProgram(paths, { ...options, noEmit: true });
  const checker = program.getTypeChecker();
  const schemasIn = (kind: keyof typeof files): Record<string, Schema> => {
    const source = program.getSourceFile(join(root, files[kind]));
    if (source === undefined) throw new Error(`${files[kind]} is not there`);
    const facts = source.statements
      .flatMap((statement) => namesOf(statement))
      .map((name) => [name.text, factsOf(name, checker)] as const)
      .filter(([name, type]) => isRecorded(name) || kind === "checks" || !isShared(type, checker));
    return Object.fromEntries(facts.map(([name, type]) => [name, schemaOf(type, checker)]));
  };
  return { steps: schemasIn("steps"), checks: schemasIn("checks") };
}

/** Whether all facts of this type are of {@link SHARED}. */
function isShared(type: ts.Type, checker: ts.TypeChecker): boolean {
  const [element] = checker.getTypeArguments(type as ts.TypeReference);
  if (checker.isArrayType(type) && element) return isShared(element, checker);
  if (!(type.flags & ts.TypeFlags.Object)) return false;
  const declared = type.getSymbol()?.declarations ?? [];
  if (declared.some((declaration) => declaration.getSourceFile().fileName.endsWith(SHARED))) return true;
  return checker
    .getPropertiesOfType(type)
    .every((property) => isShared(checker.getTypeOfSymbol(property), checker));
}

/** The values that a statement imports. */
function namesOf(statement: ts.Statement): ts.Identifier[] {
  if (!ts.isImportDeclaration(statement) || statement.importClause?.phaseModifier !== undefined) return [];
  const bindings = statement.importClause?.namedBindings;
  if (bindings === undefined || !ts.isNamedImports(bindings)) return [];
  return bindings.elements.map(({ name }) => name);
}

/** The awaited return type of `probe` of a step or check. */
function factsOf(name: ts.Identifier, checker: ts.TypeChecker): ts.Type {
  const probe = checker.getTypeAtLocation(name).getProperty("probe");
  const [call] = probe === undefined ? [] : checker.getTypeOfSymbol(probe).getCallSignatures();
  const facts = call && checker.getAwaitedType(call.getReturnType());
  if (facts === undefined) throw new Error(`${name.text} has no probe`);
  return facts;
}

function schemaOf(type: ts.Type, checker: ts.TypeChecker): Schema {
  const types = new Types(checker);
  const schema = types.schemaOf(type);
  return Object.keys(types.definitions).length === 0 ? schema : { ...schema, $defs: types.definitions };
}

/** Writes types as schemas; a named object type once, as a definition. */
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

/** Objects of the API have more properties than a step reads, and they are recorded too. */
function object(
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[],
  additionalProperties?: Schema,
): Schema {
  return { type: "object", properties, required, ...(additionalProperties && { additionalProperties }) };
}

import { isMap, isScalar, LineCounter, parseDocument, visit, type Document } from "yaml";
import type { z } from "zod";
import { InvalidFile, type FileProblem } from "./invalid-file.js";
import { offsetOfKey, offsetOfValue } from "./positions.js";
import { sentence } from "./sentences.js";

type Issue = z.core.$ZodIssue;
type Locate = (offset: number, message: string) => FileProblem;

const CLEARER: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "duplicate key; a key may appear only once in a mapping",
  TAB_AS_INDENT: "this line is indented with a tab; YAML requires spaces",
  MULTIPLE_DOCS: "a second document begins here (---); the file must contain one document",
};

function yamlProblems(document: Document.Parsed, locate: Locate): FileProblem[] {
  const problems = [...document.errors, ...document.warnings].map((error) =>
    locate(error.pos[0], CLEARER[error.code] ?? error.message),
  );
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) === undefined) {
        problems.push(
          locate(alias.range?.[0] ?? 0, `no anchor &${alias.source} before this alias *${alias.source}`),
        );
      }
    },
  });
  return problems;
}

function dotted(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");
}

/** For a union: the problems of the closest matching shape, if there is one. */
function nearestShape(issue: Issue): Issue[] {
  if (issue.code !== "invalid_union") return [issue];
  const [near] = issue.errors
    .filter((issues) => issues.every((inner) => inner.path.length > 0 || inner.code === "unrecognized_keys"))
    .toSorted((one, other) => one.length - other.length);
  if (near === undefined) return [issue];
  return near.flatMap((inner) => nearestShape({ ...inner, path: [...issue.path, ...inner.path] }));
}

function schemaProblems(issue: Issue, document: Document, locate: Locate): FileProblem[] {
  const path = dotted(issue.path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) =>
      locate(offsetOfKey(document, issue.path, key), `unknown key ${key}${path === "" ? "" : ` in ${path}`}`),
    );
  }
  return [locate(offsetOfValue(document, issue.path), `${path}: ${sentence(issue)}`)];
}

/**
 * Parses one YAML document and validates it against a schema.
 * Rules between keys are checked only if each key is valid by itself.
 * @param hint the hint of the error
 * @throws InvalidFile with every problem
 */
export function parseChecked<Schema extends z.ZodType>(
  text: string,
  fileName: string,
  schema: Schema,
  hint: string,
): z.output<Schema> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const locate: Locate = (offset, message) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1), message };
  };
  const broken = yamlProblems(document, locate);
  if (broken.length > 0) throw new InvalidFile(fileName, broken, { hint });
  const { contents } = document;
  if (!isMap(contents)) {
    const empty = contents === null || (isScalar(contents) && contents.value === null);
    const message = empty ? "the file is empty" : "expected key: value lines at the top";
    throw new InvalidFile(fileName, [locate(0, message)], { hint });
  }

  const result = schema.safeParse(document.toJS({ maxAliasCount: -1 }), { reportInput: true });
  if (result.success) return result.data;
  const problems = result.error.issues
    .flatMap(nearestShape)
    .flatMap((issue) => schemaProblems(issue, document, locate));
  throw new InvalidFile(fileName, problems, { hint });
}

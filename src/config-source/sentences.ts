import type { z } from "zod";

type Issue = z.core.$ZodIssue;

const KINDS: Readonly<Record<string, string>> = {
  object: "a mapping (key: value)",
  record: "a mapping (key: value)",
  array: "a list (- item)",
  string: "a string",
  number: "a number",
  int: "an integer",
  boolean: "true or false",
};

function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  return JSON.stringify(value);
}

function wrongType(expected: string, input: unknown): string {
  if (input === undefined) return "is missing";
  if (input === null) return "has no value; set one or remove the key";
  const advice = expected === "string" && typeof input !== "object" ? " (put it in quotes)" : "";
  return `expected ${KINDS[expected] ?? expected}, not ${describe(input)}${advice}`;
}

function bound(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  if (issue.origin !== "number" && issue.origin !== "int") return issue.message;
  return issue.code === "too_small"
    ? `expected ${String(issue.minimum)} or more`
    : `expected ${String(issue.maximum)} or less`;
}

/** A validation problem as text, in YAML terms, without its position. */
export function sentence(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return wrongType(issue.expected, issue.input);
    case "invalid_value": {
      if (issue.input === undefined || issue.input === null) return wrongType("", issue.input);
      const choices = issue.values.map(String).join(", ");
      return `expected ${issue.values.length > 1 ? "one of " : ""}${choices}, not ${describe(issue.input)}`;
    }
    case "too_small":
    case "too_big":
      return bound(issue);
    case "unrecognized_keys":
    case "invalid_format":
    case "not_multiple_of":
    case "invalid_union":
    case "invalid_key":
    case "invalid_element":
    case "custom":
      return issue.message;
  }
}

import * as z from "zod";
import { duration, durationMs } from "../config-source/duration.js";
import { isPlace, PLACES } from "./places.js";
import { brokenRules, type StepRules } from "./rules.js";

/** Linux takes no single argument of more than 128 KiB. */
const LONGEST_BYTES = 100_000;
const DAY_MS = 24 * 3_600_000;
/** The program's own last step; a playbook's may not have its name. */
const PROOF = "verify";

/** What can be a word of a command. */
const word = z
  .string()
  .refine((value) => !value.includes("\0"), "a NUL character cannot be part of it")
  .refine((value) => Buffer.byteLength(value) <= LONGEST_BYTES, `expected ${LONGEST_BYTES} bytes at most`);
const text = word.min(1, "expected a text");
const name = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "expected a name: lower-case letters, digits and '-'");
const seconds = duration
  .refine((value) => durationMs(value) <= DAY_MS, "expected a day at most")
  .transform((value) => durationMs(value) / 1000);
const serial = z.number().int().min(1);
const place = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9.-]*$/, `expected one of ${PLACES.join(", ")}, or a host of the inventory`);
const scriptFields = {
  on: z.union([place.transform((one) => [one]), z.array(place).min(1, "expected at least one place")], {
    error: "expected a place, or a list of places",
  }),
  check: text,
  env: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
        .regex(/^(?!K8S_HA_)/),
      word,
      {
        error: (issue) =>
          issue.code === "invalid_key"
            ? "expected names of letters, digits and '_' that do not begin with K8S_HA_"
            : undefined,
      },
    )
    .default({}),
};

/** Each kind of entry by the key that tells it. */
const ENTRIES = {
  step: z.strictObject({
    kind: z.literal("step"),
    step: z.string(),
    /** On how many hosts the step works at once; by default as the step itself says. */
    serial: serial.optional(),
  }),
  run: z.strictObject({
    kind: z.literal("run"),
    run: name,
    ...scriptFields,
    apply: text,
    undo: text.optional(),
    timeout: seconds.default(60),
    serial: serial.optional(),
    /** `false`: it is run only where another step has something to change, and proved no more at the end. */
    alone: z.boolean().default(true),
  }),
  wait: z.strictObject({
    kind: z.literal("wait"),
    wait: name,
    ...scriptFields,
    timeout: seconds.default(300),
    every: seconds.default(5),
  }),
  confirm: z.strictObject({ kind: z.literal("confirm"), confirm: text }),
  pause: z.strictObject({ kind: z.literal("pause"), pause: seconds }),
};
type Kind = keyof typeof ENTRIES;
const KINDS = Object.keys(ENTRIES) as Kind[];

const entry = z
  .looseObject({})
  .refine((value) => KINDS.some((kind) => kind in value), {
    error: `expected one of the keys ${KINDS.join(", ")}`,
    abort: true,
  })
  .refine((value) => !("kind" in value), { error: "unknown key kind", abort: true })
  .transform((value) => ({ ...value, kind: KINDS.find((kind) => kind in value) }))
  .pipe(
    z.discriminatedUnion("kind", [ENTRIES.step, ENTRIES.run, ENTRIES.wait, ENTRIES.confirm, ENTRIES.pause]),
  );

type Written = z.infer<typeof entry>;

/** What an entry is called, in messages, in a journal, by `--from`; several questions and pauses are counted. */
function idOf(all: readonly Written[], index: number): string {
  const one = all[index];
  switch (one?.kind) {
    case "step":
      return one.step;
    case "run":
      return one.run;
    case "wait":
      return one.wait;
    default: {
      const same = all.slice(0, index + 1).filter(({ kind }) => kind === one?.kind);
      return `${one?.kind ?? ""} ${same.length}`;
    }
  }
}

/**
 * A playbook's shape: which steps run, in which order, and what else is to happen between them.
 * @param rules what the program's own steps rely on
 * @param hosts the inventory's machines, where there is one to hold names against
 */
export function playbookSchema(rules: StepRules, hosts?: readonly string[]) {
  return z.strictObject({
    name: z.string().min(1, "expected a name"),
    steps: z
      .array(entry)
      .min(1, "expected at least one step")
      .superRefine((entries, context) => {
        const ids = entries.map((_, index) => idOf(entries, index));
        const refuse = (path: (string | number)[], message: string): void => {
          context.addIssue({ code: "custom", path, message });
        };
        entries.forEach((one, index) => {
          const path = [index, one.kind];
          const id = ids[index] ?? "";
          if (one.kind === "step" && !rules.known.includes(id)) {
            refuse(path, `unknown step ${id}; the steps are ${rules.known.join(", ")}`);
          } else if (one.kind !== "step" && [...rules.known, PROOF].includes(id)) {
            refuse(path, `${id} is a step of k8s-ha's own; choose another name`);
          } else if (ids.indexOf(id) < index) {
            refuse(path, `step ${id} is already in the playbook`);
          }
          if (one.kind === "step" && (one.serial ?? 1) > 1 && rules.oneByOne.includes(id)) {
            refuse([index, "serial"], `${id} changes one host after the other, always`);
          }
          if (hosts === undefined || !("on" in one)) return;
          const unknown = one.on.find((where) => !isPlace(where) && !hosts.includes(where));
          if (unknown === undefined) return;
          refuse([index, "on"], `the inventory has no host ${unknown}; the groups are ${PLACES.join(", ")}`);
        });
        for (const { index, message } of brokenRules(ids, rules)) {
          refuse(index === undefined ? [] : [index, "step"], message);
        }
      })
      .transform((entries) => entries.map((one, index) => ({ ...one, id: idOf(entries, index) }))),
  });
}

/** Which steps run, in this order. */
export type Playbook = z.infer<ReturnType<typeof playbookSchema>>;
/** A step of a playbook, or what happens between steps. */
export type Entry = Playbook["steps"][number];
/** A shell's text that makes something true. */
export type RunEntry = Extract<Entry, { kind: "run" }>;
/** A shell's text that must come true before a run goes on. */
export type WaitEntry = Extract<Entry, { kind: "wait" }>;

import * as z from "zod";
import { didYouMean } from "../config-source/did-you-mean.js";
import { duration, durationMs } from "../config-source/duration.js";
import { isPlace, PLACES } from "./places.js";
import { brokenRules, type StepRules } from "./rules.js";

/** Below Linux's limit of 128 KiB for a single argument. */
const LONGEST_BYTES = 100_000;
const DAY_MS = 24 * 3_600_000;
/** The id of the built-in final verification; reserved. */
const PROOF = "verify";

/** A single command argument. */
const word = z
  .string()
  .refine((value) => !value.includes("\0"), "must not contain a NUL character")
  .refine((value) => Buffer.byteLength(value) <= LONGEST_BYTES, `expected at most ${LONGEST_BYTES} bytes`);
const text = word.min(1, "expected a string");
const name = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "expected a name: lower-case letters, digits and '-'");
const seconds = duration
  .refine((value) => durationMs(value) <= DAY_MS, "expected at most one day")
  .transform((value) => durationMs(value) / 1000);
const serial = z.number().int().min(1);
const place = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9.-]*$/, `expected one of ${PLACES.join(", ")}, or a host in the inventory`);
const scriptFields = {
  on: z.union(
    [place.transform((one) => [one]), z.array(place).min(1, "expected at least one group or host")],
    {
      error: "expected a group or host, or a list of them",
    },
  ),
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

/** The kinds of entries, by the key that identifies them. */
const ENTRIES = {
  step: z.strictObject({
    kind: z.literal("step"),
    step: z.string(),
    /** The number of hosts changed at once; by default the step's own setting. */
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
    /** `false`: runs only if another step has changes, and is not verified again at the end. */
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

/** The id of an entry, in messages, in the journal and for `--from`; confirmations and pauses are numbered. */
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
 * The schema of a playbook: the steps in order, and other actions between them.
 * @param rules the dependencies of the built-in steps
 * @param hosts the inventory's host names, if there is an inventory to check names against
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
            refuse(
              path,
              `unknown step ${id}; ${didYouMean(id, rules.known)}the steps are ${rules.known.join(", ")}`,
            );
          } else if (one.kind !== "step" && [...rules.known, PROOF].includes(id)) {
            refuse(path, `${id} is the name of a built-in step; choose another name`);
          } else if (ids.indexOf(id) < index) {
            refuse(path, `step ${id} is already in the playbook`);
          }
          if (one.kind === "step" && (one.serial ?? 1) > 1 && rules.oneByOne.includes(id)) {
            refuse([index, "serial"], `${id} always changes one host at a time`);
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

/** A validated playbook. */
export type Playbook = z.infer<ReturnType<typeof playbookSchema>>;
/** A built-in step or another entry of a playbook. */
export type Entry = Playbook["steps"][number];
/** A script that makes a change. */
export type RunEntry = Extract<Entry, { kind: "run" }>;
/** A script that must succeed before a run continues. */
export type WaitEntry = Extract<Entry, { kind: "wait" }>;

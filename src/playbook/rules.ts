/** A step that relies on others, and why: the sentence is told when a playbook does without. */
export interface Need {
  readonly steps: readonly string[];
  readonly need: readonly string[];
  /** `before`: they stand earlier in the playbook; `anywhere`: they are not left out. */
  readonly where: "before" | "anywhere";
  readonly why: string;
}

/** What a playbook is held against; passed in, since a playbook knows nothing of the steps' code. */
export interface StepRules {
  /** The ids that a step of the program's own may have. */
  readonly known: readonly string[];
  /** Those that change one host after the other, whatever a playbook says. */
  readonly oneByOne: readonly string[];
  /** Those that no playbook may leave out, each with the reason. */
  readonly mandatory: Readonly<Record<string, string>>;
  readonly needs: readonly Need[];
}

/** A rule that a playbook breaks. */
interface BrokenRule {
  /** At which of the steps; absent where it is the list as a whole. */
  readonly index?: number;
  readonly message: string;
}

/** The steps that a playbook misses, and those that stand before what they rely on. */
export function brokenRules(ids: readonly string[], { mandatory, needs }: StepRules): BrokenRule[] {
  const missing = Object.entries(mandatory)
    .filter(([id]) => !ids.includes(id))
    .map(([id, why]) => ({ message: `the step ${id} is missing: ${why}` }));
  const unmet = needs.flatMap(({ steps, need, where, why }) =>
    ids.flatMap((id, index): BrokenRule[] => {
      if (!steps.includes(id)) return [];
      // What no playbook may leave out is told once.
      const absent = need.filter((other) => !ids.includes(other) && !(other in mandatory));
      const late = need.filter((other) => where === "before" && ids.indexOf(other) > index);
      return [
        ...(absent.length === 0
          ? []
          : [{ index, message: `${id} needs ${absent.join(", ")}, not in the playbook: ${why}` }]),
        ...(late.length === 0
          ? []
          : [{ index, message: `${id} must come after ${late.join(", ")}: ${why}` }]),
      ];
    }),
  );
  return [...missing, ...unmet];
}
